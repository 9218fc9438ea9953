"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .run import run
from .scratch import scratch, scratch_file

CHUNK = 1 << 20


@contextmanager
def atomic_file(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; it takes the name only if the block succeeds."""
    part, descriptor = scratch_file(path.name, path.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
            part.replace(path)
        sync_directory(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace `path` by `data` atomically."""
    with atomic_file(path, mode) as file:
        file.write(data)


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace `path` by `text` (UTF-8) atomically."""
    write_bytes(path, text.encode(), mode)


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Give an empty scratch directory beside `path` that takes its name only on success.

    An existing `path` is replaced; on failure it stays and the scratch directory is removed.
    """
    with scratch(path.name, path.parent) as place:
        fresh, old = place / "new", place / "old"
        fresh.mkdir()
        fresh.chmod(0o755)
        yield fresh
        if path.exists():
            path.rename(old)
        fresh.rename(path)
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make a rename in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_file(path: Path) -> str:
    """The file's SHA-256 in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(value: Any) -> bytes:
    """One value, one byte string: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Make the new file `target` the file `source`; a sparse copy on another file system."""
    try:
        target.hardlink_to(source)
    except OSError:
        copy(source, target)


def copy(source: Path, target: Path) -> None:
    """A sparse copy of a file, sharing blocks where the file system can."""
    run(
        ["cp", "--reflink=auto", "--sparse=always", source, target],
        timeout=1800,
        what=f"copying {source.name}",
    )


def release(path: Path) -> None:
    """Free the memory in which the kernel holds a file that nobody reads for now: a gigabyte less
    has to be found by what runs next."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
