"""`customize` of a spec -> what the role of that name lays down, as plain data.

The paths of what Vessel writes itself are in `_spec/settings.py`.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.certificates import certificates, pem
from .._lock.deb822 import key_name, source
from .._spec import settings
from .sysctls import modules_for

# Debian's own lines; cloud-init looks after the machine's name.
HOSTS = (
    "127.0.0.1 localhost\n"
    "::1 localhost ip6-localhost ip6-loopback\n"
    "ff02::1 ip6-allnodes\n"
    "ff02::2 ip6-allrouters\n"
)
ROOT = "root:root"
USUAL = "0755"  # of a directory

File = dict[str, str]


def held(
    sources: Mapping[str, Sequence[Mapping[str, Any]]], files: Mapping[str, Path]
) -> dict[str, list[File]]:
    """What each source of a stage holds; `sources` are options of `_plan.blobs.source_options`,
    `files` the stage's blobs, whose paths take the place of their names as `src`."""
    return {
        source: [
            {
                **{key: entry[key] for key in ("path", "mode", "link") if key in entry},
                **({"src": str(files[entry["blob"]])} if "blob" in entry else {}),
            }
            for entry in entries
        ]
        for source, entries in sources.items()
    }


def contents(
    wanted: Mapping[str, Any],
    sources: Mapping[str, Sequence[File]],
    proxied: Sequence[str] = settings.PROXIED,
) -> dict[str, Any]:
    """The variables of the role `customize`, without its prefix.

    `wanted` is the spec's part. `sources` says what each source, and each executable's URL, holds:
    `path` below it (empty for itself), with `src` (a file on the controller) and `mode`, or `link`,
    or of a directory its `mode` alone. `proxied` are the services that are told of the proxy.
    """
    given = [*wanted["files"], *wanted["directories"]]
    laid = [entry for each in wanted["files"] for entry in _user_files(each, sources)]
    files = [
        *(entry for entry in laid if "src" in entry or "content" in entry),
        *({**sources[each["url"]][0], "path": each["path"]} for each in wanted["executables"]),
        *_certificates(wanted["certificates"], sources),
        *_keys(wanted["repositories"], sources),
        *_settings(wanted, proxied),
    ]
    links = {entry["path"]: entry["link"] for entry in laid if "link" in entry}
    made = _made(wanted, laid)
    return {
        "files": files,
        "links": links,
        "made": made,
        "directories": {each["path"]: each["mode"] for each in wanted["directories"]},
        "owners": _owners(given, [*made, *(file["path"] for file in files), *links]),
        "units": {state: list(names) for state, names in wanted["units"].items()},
        "modules": list(wanted["kernel_modules"]),
    }


def apt_sources(
    repositories: Sequence[Mapping[str, Any]], sources: Mapping[str, Sequence[File]]
) -> str:
    """The repositories that the machine's own apt uses."""
    return "\n".join(
        source(each["uri"], each["suites"], each["components"], key["path"])
        for each in repositories
        for key in _keys([each], sources)
    )


def _user_files(given: Mapping[str, Any], sources: Mapping[str, Sequence[File]]) -> Iterator[File]:
    """Files, links and directories of one entry of `files`; its `mode` is that of its files."""
    if "content" in given:
        yield _file(given["path"], given["content"], given.get("mode", "0644"))
        return
    for entry in sources[given["source"]]:
        path = posixpath.join(given["path"], entry["path"]) if entry["path"] else given["path"]
        mode = {"mode": given["mode"]} if "src" in entry and "mode" in given else {}
        yield {**entry, "path": path, **mode}


def _made(wanted: Mapping[str, Any], laid: Sequence[File]) -> dict[str, str]:
    """The directories of sources, parents first: those that are empty or have a mode of their own,
    and where somebody else than root is the owner all of them."""
    others = {"src", "content", "link"}
    found = {entry["path"]: entry["mode"] for entry in laid if not others & entry.keys()}
    for each in wanted["files"]:
        top = each["path"]
        if "source" in each and _owner(each) != ROOT:
            for entry in laid:
                path = entry["path"]
                while path.startswith(f"{top}/"):
                    path = posixpath.dirname(path)
                    found.setdefault(path, USUAL)
    own = {each["path"] for each in wanted["directories"]}
    return {path: found[path] for path in sorted(found) if path not in own}


def _owner(given: Mapping[str, Any]) -> str:
    return f"{given['owner']}:{given['group']}"


def _owners(given: Sequence[Mapping[str, Any]], paths: Sequence[str]) -> dict[str, str]:
    """Who owns what does not belong to root; of a source directory, all that is in it."""
    found: dict[str, str] = {}
    for each in given:
        owner, path = _owner(each), each["path"]
        if owner != ROOT:
            below = {name: owner for name in paths if name.startswith(f"{path}/")}
            inside = {**below, **({path: owner} if path in paths else {})}
            found |= inside if "source" in each and below else {path: owner}
    return found


def _certificates(names: Sequence[str], sources: Mapping[str, Sequence[File]]) -> list[File]:
    """Each certificate in a file of its own, see `_common/certificates.py`."""
    return [
        _file(path if number == 0 else f"{path.removesuffix('.crt')}+{number}.crt", pem(der))
        for name, path in settings.certificate_paths(names).items()
        for number, der in enumerate(certificates(Path(sources[name][0]["src"]).read_bytes()))
    ]


def _keys(
    repositories: Sequence[Mapping[str, Any]], sources: Mapping[str, Sequence[File]]
) -> list[File]:
    found = []
    for each in repositories:
        if each["keep"]:
            key = sources[each["key"]][0]["src"]
            name = key_name(each["name"], Path(key).read_bytes())
            found.append({"path": f"{settings.KEYRINGS}/{name}", "src": key, "mode": "0644"})
    return found


def _settings(wanted: Mapping[str, Any], proxied: Sequence[str]) -> Iterator[File]:
    """The files that Vessel writes from values of the spec."""
    if sysctls := wanted["sysctls"]:
        lines = (f"{name} = {value}\n" for name, value in sysctls.items())
        yield _file(settings.SYSCTLS, "".join(lines))
    # systemd-sysctl passes over what is not there yet; the user's own modules keep their order.
    needed = modules_for(sysctls)
    if modules := list(dict.fromkeys([*wanted["kernel_modules"], *needed])):
        yield _file(settings.MODULES, "".join(f"{name}\n" for name in modules))
    if servers := wanted["time_servers"]:
        yield _file(settings.TIME_SERVERS, f"[Time]\nNTP={' '.join(servers)}\n")
    if hosts := wanted["hosts"]:
        lines = (f"{address} {' '.join(names)}\n" for address, names in hosts.items())
        yield _file(settings.HOSTS, HOSTS + "".join(lines))
    if defaults := wanted["cloud_init"]:
        yield _file(settings.CLOUD_INIT, _cloud_init(defaults))
    yield from _proxy(wanted["proxy"], proxied)


def _cloud_init(defaults: Mapping[str, Any]) -> str:
    """A key a line, its value as JSON, which is YAML, too. ds-identify(8), a shell script, reads
    `datasource_list` only from one line, and takes the last that speaks of it."""
    keys = sorted(defaults, key=lambda key: (key == "datasource_list", key))
    lines = (
        f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(defaults[key], ensure_ascii=False)}\n"
        for key in keys
    )
    return "".join(lines)


def _proxy(proxy: Mapping[str, Any], proxied: Sequence[str]) -> Iterator[File]:
    urls = {scheme: proxy[scheme] for scheme in ("http", "https") if scheme in proxy}
    without = proxy.get("no_proxy", [])
    values = {f"{scheme}_proxy": url for scheme, url in urls.items()}
    if without:
        values["no_proxy"] = ",".join(without)
    if not values:
        return
    both = [(name, value) for key, value in values.items() for name, value in
            ((key, value), (key.upper(), value))]  # fmt: skip
    yield _file(settings.ENVIRONMENT, "".join(f"{name}={value}\n" for name, value in both))
    # A per cent sign is a specifier in a unit, see systemd.unit(5).
    lines = (f'Environment="{name}={value.replace("%", "%%")}"\n' for name, value in both)
    unit = "[Service]\n" + "".join(lines)
    for name in proxied:
        yield _file(settings.proxy_unit(name), unit)
    if urls:
        lines = (f'Acquire::{scheme}::Proxy "{url}";\n' for scheme, url in urls.items())
        yield _file(settings.APT_PROXY, "".join([*lines, *_direct(list(urls), without)]))


def _direct(schemes: Sequence[str], without: Sequence[str]) -> Iterator[str]:
    """What apt reaches without the proxy: hosts only, it knows neither domains nor networks there,
    see apt-transport-http(1)."""
    hosts = [each for each in without if not each.startswith(".") and not set(each) & set("/*:")]
    for scheme in schemes:
        yield from (f'Acquire::{scheme}::Proxy::{host} "DIRECT";\n' for host in hosts)


def _file(path: str, content: str, mode: str = "0644") -> File:
    return {"path": path, "content": content, "mode": mode}
