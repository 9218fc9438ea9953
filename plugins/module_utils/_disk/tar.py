"""Directory trees as one tar stream whose bytes depend on nothing but their content.

Format: POSIX.1-2001 pax; extended attributes as `SCHILY.xattr.*` records, as GNU tar and star
write them. Names are sorted, times clamped, owners numeric.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .._common.errors import VesselError
from .._common.files import CHUNK
from .._tree.inside import Inside

BLOCK = 512
_TYPES = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the merged tree. `name` has no leading slash; the root's is empty.

    A regular file's bytes are `data`, or else lie in the directory `tree`. `inode` is set for files
    with several names: (device, inode number) of the host.
    """

    name: str
    mode: int
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    tree: Path | None = None
    data: bytes = b""
    target: str = ""
    device: tuple[int, int] = (0, 0)
    inode: tuple[int, int] | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def source(self) -> Path | None:
        """Where that is on the host, for people: a link on the way there may have led out of it."""
        return self.tree and self.tree / self.name

    def read(self) -> bytes:
        """A regular file's bytes. Raises VES-527 for anything else in a tree."""
        return self.data if self.tree is None else Inside(self.tree).read(self.name)


def merge(trees: Sequence[Path]) -> list[Entry]:
    """All names of `trees` laid over each other, parents before children, sorted by bytes.

    Of a file in several trees the last one counts; directories merge and keep the attributes of
    the first tree that has them. Sockets are left out. Raises VES-602 when one name is a directory
    here and something else there.
    """
    found: dict[str, Entry] = {}
    found[""] = _entry("", trees[0])
    _walk("", trees, found)
    return _sorted(found)


def add_files(entries: Iterable[Entry], files: Mapping[str, str]) -> list[Entry]:
    """`entries` with text `files` (name: content) of root's, mode 0644, and the directories above
    them; a file wins over an entry of its name."""
    found = {entry.name: entry for entry in entries}
    for name, text in files.items():
        for parent in Path(name).parents:
            if parent.name:
                found.setdefault(str(parent), Entry(str(parent), stat.S_IFDIR | 0o755))
        data = text.encode()
        found[name] = Entry(name, stat.S_IFREG | 0o644, size=len(data), data=data)
    return _sorted(found)


def footprint(entries: Iterable[Entry], block: int = 4096) -> int:
    """Bytes that the files and directories take in whole blocks; a hard link takes none."""
    total = 0
    seen: set[tuple[int, int]] = set()
    for entry in entries:
        if entry.inode in seen:
            continue
        if entry.inode:
            seen.add(entry.inode)
        blocks = 1 if stat.S_ISDIR(entry.mode) else -(-entry.size // block)
        total += blocks * block
    return total


def stream(entries: Iterable[Entry], epoch: int, out: IO[bytes]) -> dict[str, str]:
    """Write `entries` as a tar archive; no time in it is later than `epoch` (seconds).

    Returns the SHA-256 of each regular file by its name. Raises VES-605 when a file shrinks or
    grows while it is read.
    """
    first_name: dict[tuple[int, int], str] = {}
    digests: dict[str, str] = {}
    for entry in entries:
        info = _header(entry, epoch)
        known = first_name.get(entry.inode) if entry.inode else None
        if known is not None:
            info.type, info.linkname = tarfile.LNKTYPE, _archived(known)
            info.size, info.pax_headers = 0, {}
            digests[entry.name] = digests[known]
        elif entry.inode:
            first_name[entry.inode] = entry.name
        out.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        if info.type == tarfile.REGTYPE:
            digests[entry.name] = _content(entry, out)
    out.write(bytes(2 * BLOCK))
    return digests


def _walk(prefix: str, trees: Sequence[Path], found: dict[str, Entry]) -> None:
    """`trees` all have the directory `prefix`, and no link leads there."""
    owners: dict[str, list[Path]] = {}
    for tree in trees:
        for child in os.scandir(tree / prefix):
            owners.setdefault(child.name, []).append(tree)
    for name, having in owners.items():
        whole = f"{prefix}{name}"
        kinds = {stat.S_ISDIR((tree / whole).lstat().st_mode) for tree in having}
        if len(kinds) > 1:
            raise VesselError.of(
                "VES-602",
                f"/{whole} is a directory in one tree and something else in another",
                "A later tree must not replace a directory, or a link to one.",
            )
        if kinds == {True}:
            found[whole] = _entry(whole, having[0])
            _walk(f"{whole}/", having, found)
        elif not stat.S_ISSOCK((having[-1] / whole).lstat().st_mode):
            found[whole] = _entry(whole, having[-1])


def _entry(name: str, tree: Path) -> Entry:
    path = tree / name
    status = path.lstat()
    regular = stat.S_ISREG(status.st_mode)
    return Entry(
        name=name,
        mode=status.st_mode,
        uid=status.st_uid,
        gid=status.st_gid,
        mtime=int(status.st_mtime),
        size=status.st_size if regular else 0,
        tree=tree,
        target=os.readlink(path) if stat.S_ISLNK(status.st_mode) else "",
        device=(os.major(status.st_rdev), os.minor(status.st_rdev)),
        inode=(status.st_dev, status.st_ino) if regular and status.st_nlink > 1 else None,
        xattrs=_xattrs(path),
    )


def _xattrs(path: Path) -> dict[str, bytes]:
    return {
        name: os.getxattr(path, name, follow_symlinks=False)
        for name in sorted(os.listxattr(path, follow_symlinks=False))
        if _belongs_to_the_tree(name)
    }


def _belongs_to_the_tree(xattr: str) -> bool:
    # Labels such as security.selinux are the build host's, not the image's.
    return xattr == "security.capability" or xattr.startswith(
        ("user.", "trusted.", "system.posix_acl_")
    )


def _header(entry: Entry, epoch: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(_archived(entry.name))
    info.type = _TYPES[stat.S_IFMT(entry.mode)]
    info.mode = stat.S_IMODE(entry.mode)
    info.uid, info.gid = entry.uid, entry.gid
    info.mtime = min(entry.mtime, epoch) if entry.tree else epoch
    info.size = entry.size
    info.linkname = entry.target
    info.devmajor, info.devminor = entry.device
    info.pax_headers = {
        f"SCHILY.xattr.{name}": value.decode("utf-8", "surrogateescape")
        for name, value in entry.xattrs.items()
    }
    return info


def _archived(name: str) -> str:
    return f"./{name}" if name else "."


def _content(entry: Entry, out: IO[bytes]) -> str:
    """Write the bytes and fill up the block; returns their SHA-256."""
    sha256 = hashlib.sha256(entry.data)
    if entry.tree is None:
        out.write(entry.data)
    else:
        left = entry.size
        with Inside(entry.tree).reading(entry.name) as file:
            while chunk := file.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                out.write(chunk)
                sha256.update(chunk)  # while the reader empties the pipe
        if left:
            raise VesselError.of(
                "VES-605",
                f"/{entry.name} changed while the disk was made",
                "Let nothing write into the tree, and build again.",
            )
    out.write(bytes(-entry.size % BLOCK))
    return sha256.hexdigest()


def _sorted(found: Mapping[str, Entry]) -> list[Entry]:
    return [found[name] for name in sorted(found, key=_order)]


def _order(name: str) -> list[bytes]:
    return [os.fsencode(part) for part in name.split("/")] if name else []
