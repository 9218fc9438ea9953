"""Reading an exported image without booting it: files of its root, and its raw bytes.

debugfs reads ext4 in user space, so nothing is mounted and no root is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..._common.errors import VesselError
from ..._common.run import Result, run
from ..._common.scratch import scratch
from ..._tree.inside import Inside

SECTOR = 512
CHUNK = 4 << 20
BLOCK = 4096  # of every root file system that Vessel makes
OUTSIDE = "(outside of all files)"
MERGED = ("/bin/", "/sbin/", "/lib/", "/lib64/")
AGAIN = "Remove the image and build it again: it is cut off, or no disk that Vessel wrote."
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
REGULAR, DIRECTORY, SYMLINK = 0o100000, 0o040000, 0o120000


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a directory of the image; `mode` with its file type bits, `size` in bytes."""

    path: str
    mode: int
    size: int

    @property
    def kind(self) -> int:
        """REGULAR, DIRECTORY, SYMLINK or another file type."""
        return self.mode & 0o170000


@dataclass(frozen=True, slots=True)
class OfflineImage:
    """The raw form of an image; the root file system begins at `offset` bytes."""

    raw: Path
    offset: int

    def entries(self, path: str) -> list[Entry]:
        """What the directory `path` holds, without `.` and `..`; empty when it is missing."""
        found = []
        for line in self._debugfs(f'ls -p "{path}"').stdout.splitlines():
            fields = line.split("/")
            # /inode/mode/uid/gid/name/size/ ; deleted names have inode 0.
            if len(fields) >= 7 and fields[1] != "0" and fields[5] not in (".", "..", ""):
                size = int(fields[6] or 0)
                found.append(Entry(f"{path.rstrip('/')}/{fields[5]}", int(fields[2], 8), size))
        return found

    def walk(self, path: str) -> Iterator[Entry]:
        """Everything below `path`."""
        for entry in self.entries(path):
            yield entry
            if entry.kind == DIRECTORY:
                yield from self.walk(entry.path)

    def text(self, path: str) -> str | None:
        """The contents of a file; None when there is none."""
        result = self._debugfs(f'cat "{path}"')
        return None if "File not found" in result.stderr else result.stdout

    def exists(self, path: str) -> bool:
        """Whether anything has this name."""
        parent, _, name = path.rpartition("/")
        return any(entry.path == f"{parent}/{name}" for entry in self.entries(parent or "/"))

    def file_system_errors(self) -> str:
        """What e2fsck has against the root file system; empty when it is clean."""
        result = run(
            [_system("e2fsck"), "-f", "-n", f"{self.raw}?offset={self.offset}"],
            timeout=300,
            check=False,
        )
        return "" if result.status == 0 else f"{result.stdout}\n{result.stderr}".strip()

    def find(self, needles: Sequence[str]) -> dict[str, set[str]]:
        """Where in the image's bytes each of `needles` occurs: needle -> paths.

        A place that no file of the root file system covers is called `OUTSIDE`. Contents of
        compressed files are not seen.
        """
        places = {needle: self._offsets(needle.encode()) for needle in needles}
        paths = self._paths({o // BLOCK for offsets in places.values() for o in offsets})
        return {n: {paths[o // BLOCK] for o in offsets} for n, offsets in places.items() if offsets}

    def packaged(self) -> set[str]:
        """Every path that a Debian package of the image installed, below /usr where it belongs."""
        with scratch("packaged") as place:
            self._debugfs(f'rdump /var/lib/dpkg/info "{place}"')
            inside = Inside(place)  # the image may have a link where dpkg's directory should be
            lists = [f"info/{name}" for name in inside.names("info") if name.endswith(".list")]
            lines = {line for name in lists for line in inside.read(name).decode().splitlines()}
        return {f"/usr{line}" if line.startswith(MERGED) else line for line in lines}

    def _offsets(self, needle: bytes) -> set[int]:
        """Offsets from the start of the root file system; negative before it."""
        found: set[int] = set()
        overlap = len(needle) - 1
        with self.raw.open("rb") as file:
            for start, end in _data(file.fileno(), self.raw.stat().st_size):
                kept = b""
                file.seek(start)
                while file.tell() < end:
                    begin = file.tell() - len(kept)
                    block = kept + file.read(min(CHUNK, end - file.tell()))
                    found |= {
                        begin + hit.start() - self.offset
                        for hit in re.finditer(re.escape(needle), block)
                    }
                    kept = block[-overlap:] if overlap else b""
        return found

    def _paths(self, blocks: set[int]) -> dict[int, str]:
        """The file that each block of the root file system belongs to."""
        wanted = " ".join(str(block) for block in sorted(blocks) if block >= 0)
        inodes = self._pairs(f"icheck {wanted}") if wanted else {}
        names = self._pairs(f"ncheck {' '.join(sorted(set(inodes.values())))}") if inodes else {}
        return {block: names.get(inodes.get(str(block), ""), OUTSIDE) for block in blocks}

    def _pairs(self, request: str) -> dict[str, str]:
        """The two columns that debugfs prints for icheck and ncheck, without its heading."""
        rows = (line.split("\t", 1) for line in self._debugfs(request).stdout.splitlines()[1:])
        return {row[0]: row[1] for row in rows if len(row) == 2 and row[1][:1] in "/0123456789"}

    def _debugfs(self, request: str) -> Result:
        """Raises VES-806 when debugfs, whose status is 0 then, could not open the file system."""
        result = run(
            [_system("debugfs"), "-R", request, f"{self.raw}?offset={self.offset}"],
            timeout=60,
            what=f"debugfs {request}",
        )
        if "Filesystem not open" in result.stderr:
            what = f"{self.raw.name} has no file system that debugfs can read"
            raise VesselError.of("VES-806", what, f"{AGAIN}\n{result.stderr.strip()}")
        return result


@contextmanager
def opened(image: Path) -> Iterator[OfflineImage]:
    """The image as raw bytes in a temporary sparse file.

    Raises VES-806 when it has no GPT.
    """
    with scratch("offline") as place:
        raw = place / "disk.raw"
        run(["qemu-img", "convert", "-O", "raw", image, raw], timeout=600,
            what="reading the exported image")  # fmt: skip
        yield OfflineImage(raw, root_offset(raw))


def root_offset(raw: Path) -> int:
    """Where the largest partition of a GPT disk begins, in bytes (UEFI specification 2.10, 5.3).

    Raises VES-806 when there is no partition table.
    """
    with raw.open("rb") as file:
        file.seek(SECTOR)
        header = file.read(92)
        if header[:8] != b"EFI PART":
            raise VesselError.of("VES-806", f"{raw.name} has no GUID partition table", AGAIN)
        table, count, size = struct.unpack_from("<QII", header, 72)
        file.seek(table * SECTOR)
        entries = [file.read(size) for _ in range(count)]
    spans = [struct.unpack_from("<QQ", entry, 32) for entry in entries if any(entry[:16])]
    if not spans:
        raise VesselError.of("VES-806", f"{raw.name} has no partition", AGAIN)
    first, _last = max(spans, key=lambda span: span[1] - span[0])
    return int(first) * SECTOR


def _data(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """The stretches of a sparse file that hold data."""
    position = 0
    while position < size:
        try:
            start = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError:
            return  # ENXIO: only a hole is left
        position = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, position


def _system(program: str) -> str:
    """A program of the system administrator's, which a user's PATH may not reach."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(program, path=f"{path}:{SYSTEM_PATH}") or program
