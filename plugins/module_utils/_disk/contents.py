"""contents.json: what is in the root file system of an image, for people and programs to compare.

Deterministic: it follows from the entries and their digests alone, and has no time in it. A path
is text as Python has it: a byte that is not UTF-8 is a lone surrogate, `\\udcNN` in JSON.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .systemd import sysctls, units
from .tar import Entry

SCHEMA = 1
CONTENTS = "contents.json"
STATUS = "var/lib/dpkg/status"
_TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
    stat.S_IFIFO: "pipe",
}


def render_contents(entries: Sequence[Entry], digests: Mapping[str, str]) -> bytes:
    """The bytes of contents.json; `digests` has the SHA-256 of each regular file by its name.

    One line per file, so that line-wise tools are of use, too. Sizes are in bytes.
    """
    head = {
        "schema": SCHEMA,
        "packages": packages(entries),
        "units": units(entries),
        "sysctls": sysctls(entries),
    }
    told = {name: dict(sorted(v.items())) if isinstance(v, dict) else v for name, v in head.items()}
    start = json.dumps(told, indent=1).removesuffix("\n}")
    files = ",\n".join(json.dumps(file, separators=(",", ":")) for file in _files(entries, digests))
    return f'{start},\n "files": [\n{files}\n ]\n}}\n'.encode()


def packages(entries: Iterable[Entry]) -> dict[str, str]:
    """Installed Debian package -> version, by dpkg's own status file; empty without one."""
    files = (entry for entry in entries if stat.S_ISREG(entry.mode))
    status = next((entry.read() for entry in files if entry.name == STATUS), b"")
    found: dict[str, str] = {}
    for paragraph in status.decode(errors="replace").split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Architecture|Version): (.+)$", paragraph, re.M))
        if fields.get("Status", "").endswith(" installed"):
            name = fields["Package"]
            if name in found:  # of another architecture
                name = f"{name}:{fields['Architecture']}"
            found[name] = fields["Version"]
    return found


def _files(entries: Iterable[Entry], digests: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    first_name: dict[tuple[int, int], str] = {}
    for entry in entries:
        file: dict[str, Any] = {
            "path": f"/{entry.name}",
            "type": _TYPES[stat.S_IFMT(entry.mode)],
            "mode": f"{stat.S_IMODE(entry.mode):04o}",
            "uid": entry.uid,
            "gid": entry.gid,
        }
        if stat.S_ISREG(entry.mode):
            file |= {"size": entry.size, "sha256": digests[entry.name]}
        elif stat.S_ISLNK(entry.mode):
            file["target"] = entry.target
        elif stat.S_ISCHR(entry.mode) or stat.S_ISBLK(entry.mode):
            file["device"] = ":".join(str(number) for number in entry.device)
        if entry.xattrs:
            file["attributes"] = {name: value.hex() for name, value in entry.xattrs.items()}
        if entry.inode is not None:
            first = first_name.setdefault(entry.inode, entry.name)
            if first != entry.name:
                file["same_as"] = f"/{first}"  # a hard link: its bytes are there once
        yield file
