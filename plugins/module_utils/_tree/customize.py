"""`customize` of a spec -> what the role of that name lays down, as plain data.

Every file that Vessel writes itself has one name, `95-customize`, after its own and Debian's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.certificates import certificates, pem
from .._lock.deb822 import key_name, source
from .sysctls import modules_for

NAME = "95-customize"
CERTIFICATES = "/usr/local/share/ca-certificates"
KEYRINGS = "/etc/apt/keyrings"
# Debian's own lines; cloud-init looks after the machine's name.
HOSTS = (
    "127.0.0.1 localhost\n"
    "::1 localhost ip6-localhost ip6-loopback\n"
    "ff02::1 ip6-allnodes\n"
    "ff02::2 ip6-allrouters\n"
)
PROXIED = ("containerd", "kubelet")
ROOT = "root:root"

File = dict[str, str]


def held(
    sources: Mapping[str, Sequence[Mapping[str, Any]]], files: Mapping[str, Path]
) -> dict[str, list[File]]:
    """What each source of a stage holds, as `contents` takes it; `sources` are options of
    `_plan.blobs.source_options`, `files` the stage's blobs."""
    return {
        source: [
            {
                "path": entry["path"],
                "src": str(files[entry["blob"]]),
                "mode": "0755" if entry["executable"] else "0644",
            }
            for entry in entries
        ]
        for source, entries in sources.items()
    }


def contents(wanted: Mapping[str, Any], sources: Mapping[str, Sequence[File]]) -> dict[str, Any]:
    """The variables of the role `customize`, without its prefix.

    `wanted` is the spec's part. `sources` says what each source, and each executable's URL, holds:
    `path` below it (empty for a file), `src` (a file on the controller) and `mode`.
    """
    given = [*wanted["files"], *wanted["directories"]]
    trusted = _certificates(wanted["certificates"], sources)
    files = [
        *(file for each in wanted["files"] for file in _user_files(each, sources)),
        *({**sources[each["url"]][0], "path": each["path"]} for each in wanted["executables"]),
        *trusted,
        *_keys(wanted["repositories"], sources),
        *_settings(wanted),
    ]
    return {
        "files": files,
        "directories": {each["path"]: each["mode"] for each in wanted["directories"]},
        "owners": _owners(given, [file["path"] for file in files]),
        "certificates": bool(trusted),
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
    if "content" in given:
        yield _file(given["path"], given["content"], given.get("mode", "0644"))
        return
    for entry in sources[given["source"]]:
        path = f"{given['path']}/{entry['path']}" if entry["path"] else given["path"]
        yield {"path": path, "src": entry["src"], "mode": given.get("mode", entry["mode"])}


def _owners(given: Sequence[Mapping[str, Any]], files: Sequence[str]) -> dict[str, str]:
    """Who owns what does not belong to root; of a source directory, all that is in it."""
    found: dict[str, str] = {}
    for each in given:
        owner, path = f"{each['owner']}:{each['group']}", each["path"]
        if owner != ROOT:
            below = {name: owner for name in files if name.startswith(f"{path}/")}
            found |= below if "source" in each and below else {path: owner}
    return found


def _certificates(names: Sequence[str], sources: Mapping[str, Sequence[File]]) -> list[File]:
    """Each certificate in a file of its own, see `_common/certificates.py`."""
    # update-ca-certificates(8) reads files of this ending only.
    stems = [name.replace("/", "-").rpartition(".")[0] or name for name in names]
    return [
        _file(f"{CERTIFICATES}/{stem}{f'+{number}' if number else ''}.crt", pem(der))
        for name, stem in zip(names, stems, strict=True)
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
            found.append({"path": f"{KEYRINGS}/{name}", "src": key, "mode": "0644"})
    return found


def _settings(wanted: Mapping[str, Any]) -> Iterator[File]:
    """The files that Vessel writes from values of the spec."""
    if sysctls := wanted["sysctls"]:
        lines = (f"{name} = {value}\n" for name, value in sysctls.items())
        yield _file(f"/etc/sysctl.d/{NAME}.conf", "".join(lines))
    # systemd-sysctl passes over what is not there yet; the user's own modules keep their order.
    needed = modules_for(sysctls)
    if modules := list(dict.fromkeys([*wanted["kernel_modules"], *needed])):
        yield _file(f"/etc/modules-load.d/{NAME}.conf", "".join(f"{name}\n" for name in modules))
    if servers := wanted["time_servers"]:
        text = f"[Time]\nNTP={' '.join(servers)}\n"
        yield _file(f"/etc/systemd/timesyncd.conf.d/{NAME}.conf", text)
    if hosts := wanted["hosts"]:
        lines = (f"{address} {' '.join(names)}\n" for address, names in hosts.items())
        yield _file("/etc/hosts", HOSTS + "".join(lines))
    if defaults := wanted["cloud_init"]:
        text = json.dumps(defaults, indent=2, ensure_ascii=False)  # which is YAML, too
        yield _file(f"/etc/cloud/cloud.cfg.d/{NAME}.cfg", f"{text}\n")
    yield from _proxy(wanted["proxy"])


def _proxy(proxy: Mapping[str, Any]) -> Iterator[File]:
    urls = {scheme: proxy[scheme] for scheme in ("http", "https") if scheme in proxy}
    if not urls:
        return
    values = {f"{scheme}_proxy": url for scheme, url in urls.items()}
    if proxy["no_proxy"]:
        values["no_proxy"] = ",".join(proxy["no_proxy"])
    both = [(name, value) for key, value in values.items() for name, value in
            ((key, value), (key.upper(), value))]  # fmt: skip
    yield _file("/etc/environment", "".join(f"{name}={value}\n" for name, value in both))
    # A per cent sign is a specifier in a unit, see systemd.unit(5).
    lines = (f'Environment="{name}={value.replace("%", "%%")}"\n' for name, value in both)
    unit = "[Service]\n" + "".join(lines)
    for name in PROXIED:
        yield _file(f"/etc/systemd/system/{name}.service.d/{NAME}.conf", unit)
    lines = (f'Acquire::{scheme}::Proxy "{url}";\n' for scheme, url in urls.items())
    yield _file(f"/etc/apt/apt.conf.d/{NAME}", "".join(lines))


def _file(path: str, content: str, mode: str = "0644") -> File:
    return {"path": path, "content": content, "mode": mode}
