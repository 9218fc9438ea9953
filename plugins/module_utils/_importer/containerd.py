"""`containerd_additional_settings`: base64 of TOML, which image-builder puts at the end of
containerd's configuration. Here it is a drop-in, and mirrors of registries become `hosts.toml`.

Formats: containerd's docs/cri/registry.md (the old tables `mirrors` and `configs`, which cannot
stand beside `config_path`) and docs/hosts.md.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .._common.errors import Problem
from .._common.redact import redacted
from .._spec.customize import is_inside
from . import toml
from .draft import Draft, Kind
from .texts import unquoted
from .variables import Variable

# The image service of containerd 1 and of configuration version 2; of containerd 2 and version 3.
OLD, NEW = "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images"
CERTS = "/etc/containerd/certs.d"
DROP_IN = "/etc/containerd/conf.d/60-image-builder.toml"  # after the node's own, which 50 has
_IN_LINE = re.compile(r" \(at line (\d+), column (\d+)\)| \(at end of document\)")


def settings(draft: Draft, variable: Variable) -> bool:
    """Decode, take registries out, and keep the rest for the drop-in."""
    try:
        text = base64.b64decode(unquoted(variable.text), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        why = str(error) if isinstance(error, binascii.Error) else "what it holds is not UTF-8"
        what = f"`{variable.key}` is not base64: {why}"
        hint = "Make it with `base64 -w0 settings.toml`."
        draft.problems.append(Problem("VES-875", what, hint, variable.where))
        return False
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        draft.problems.append(_no_toml(str(error), variable))
        return False
    given.pop("imports", None)  # the node's own imports conf.d
    plugins = _tables(given.get("plugins"))
    for name in plugins.keys() & {OLD, NEW}:
        registry = plugins[name].get("registry")
        if isinstance(registry, dict):
            _registries(draft, variable, registry)
            if not registry:
                del plugins[name]["registry"]
        if not plugins[name]:
            del given["plugins"][name]
    if redacted(text_of := toml.written(given)) != text_of:
        what = "it holds what looks like a secret, and everyone who has an image has its secrets"
        draft.leave(variable, Kind.SECRET, what)
        return False
    _merge(draft.containerd, given)
    return True


def _no_toml(said: str, variable: Variable) -> Problem:
    place = _IN_LINE.search(said)
    what = f"what `{variable.key}` holds, decoded, is not TOML: {_IN_LINE.sub('', said)}"
    if place and place[1]:
        what += f" in line {place[1]}, column {place[2]}"
    hint = "Look at the decoded text: `base64 -d`."
    return Problem("VES-876", what, hint, variable.where)


def put(draft: Draft) -> None:
    """Write the drop-in, if there is anything in it. Each file says its version, and containerd
    migrates each by itself; both versions in one are two files."""
    given = {key: value for key, value in draft.containerd.items() if key != "version"}
    plugins = _tables(given.pop("plugins", {}))
    number = draft.containerd.get("version", 3)
    if OLD in plugins:
        number = 2
    if number != 3 and NEW in plugins:
        new = {"plugins": {NEW: plugins.pop(NEW)}}
        draft.file(DROP_IN.replace(".toml", "-3.toml"), toml.written({"version": 3, **new}))
    if plugins:
        given["plugins"] = plugins
    if given:
        draft.file(DROP_IN, toml.written({"version": number, **given}))


def _registries(draft: Draft, variable: Variable, registry: dict[str, Any]) -> None:
    """A `hosts.toml` for each mirror, and for each registry with settings of its own."""
    if registry.get("config_path") == CERTS:
        del registry["config_path"]
    mirrors = _tables(registry.pop("mirrors", {}))
    configs = _tables(registry.pop("configs", {}))
    for host, config in configs.items():
        if "auth" in config:
            what = (
                f"it has credentials of the registry {host}; give them to pods as"
                " `imagePullSecrets`, or to the kubelet"
            )
            draft.leave(variable, Kind.SECRET, what)
        if host not in mirrors and _tls(config):
            mirrors[host] = {"endpoint": [f"https://{host}"]}
    for host, mirror in mirrors.items():
        name = "_default" if host == "*" else host
        path = f"{CERTS}/{name}/hosts.toml"
        if "/" in name or not is_inside(path):
            draft.leave(variable, Kind.MISSING, f"{host!r} names no registry")
            continue
        hosts = {}
        endpoints = mirror.get("endpoint")
        for endpoint in map(str, endpoints if isinstance(endpoints, list) else []):
            if redacted(endpoint) != endpoint:
                what = f"a mirror of {host} has a user's name or password in its address"
                draft.leave(variable, Kind.SECRET, what)
                continue
            hosts[endpoint] = _host(draft, variable, endpoint, configs)
        if hosts:
            draft.file(path, toml.written({"host": hosts}))


def _host(
    draft: Draft, variable: Variable, endpoint: str, configs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    where = urlsplit(endpoint)
    told: dict[str, Any] = {"capabilities": ["pull", "resolve"]}
    if where.path.strip("/") not in ("", "v2"):
        told["override_path"] = True  # as the old tables took a path
    tls = _tls(configs.get(where.netloc, {}))
    if tls.get("insecure_skip_verify"):
        told["skip_verify"] = True
    if ca := tls.get("ca_file"):
        told["ca"] = ca
        what = f"bring {ca}, the certificate of {where.netloc}, by `customize.files`"
        draft.leave(variable, Kind.MISSING, what)
    if "cert_file" in tls or "key_file" in tls:
        what = f"it has a client's key for {where.netloc}, which is a secret of one machine"
        draft.leave(variable, Kind.SECRET, what)
    return told


def _tls(config: Mapping[str, Any]) -> Mapping[str, Any]:
    tls = config.get("tls", {})
    return tls if isinstance(tls, Mapping) else {}


def _tables(value: Any) -> dict[str, dict[str, Any]]:
    given = value if isinstance(value, dict) else {}
    return {name: table for name, table in given.items() if isinstance(table, dict)}


def _merge(into: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
