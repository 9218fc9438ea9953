"""The content store: every byte that a build takes in, named by its SHA-256.

<root>/blobs/<first two digits>/<digest>     read-only files
<root>/records/<key>.json                    other forms of a blob: name -> digest
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from .._common.errors import VesselError
from .._common.files import CHUNK, atomic_file, canonical_json, sha256_file, write_bytes
from .._common.owned import check_own

DIGEST = re.compile(r"[0-9a-f]{64}")


class Store:
    """Blobs by digest, and records of what was made of them. Safe with several writers at once."""

    _sound: ClassVar[set[tuple[str, int, int, int]]] = set()

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path | None:
        """The blob's path, or None when it is not kept. Its content is not looked at."""
        path = self._blob(sha256)
        return path if path.is_file() else None

    def need(self, sha256: str, name: str) -> Path:
        """The blob's path, its content verified. `name` says to the user what it is.

        Raises VES-401 when it is not kept, and VES-406 when its bytes are no longer those that
        came; it is removed then, so that the next build brings it anew.
        """
        path = self.path(sha256)
        if path is None:
            raise VesselError.of(
                "VES-401",
                f"the store has no {name} (sha256 {sha256})",
                "Run the build with a network.",
            )
        if not self.is_sound(path):
            path.unlink(missing_ok=True)
            raise VesselError.of(
                "VES-406",
                f"the store's copy of {name} was damaged: {path} had another digest",
                "It was removed. Build again: it is fetched or built anew.",
            )
        return path

    def is_sound(self, path: Path) -> bool:
        """Whether a blob's bytes are those that its name tells; each is read once a process."""
        status = path.stat()
        seen = (path.name, status.st_ino, status.st_size, status.st_mtime_ns)
        if seen not in self._sound and sha256_file(path) == path.name:
            self._sound.add(seen)
        return seen in self._sound

    def touch(self, digests: Iterable[str]) -> None:
        """Note that these blobs were used: what is not, is pruned some day."""
        for path in filter(None, map(self.path, digests)):
            os.utime(path)

    def blobs(self) -> list[Path]:
        """Every blob that is kept."""
        return sorted(self.root.glob("blobs/*/*[0-9a-f]"))

    def add_file(self, source: Path, sha256: str | None = None, executable: bool = False) -> str:
        """Copy `source` in and return its digest; VES-402 when it is not the expected `sha256`."""
        expected = sha256 or sha256_file(source)
        with source.open("rb") as file:
            chunks = iter(lambda: file.read(CHUNK), b"")
            self.add_chunks(chunks, expected, executable=executable, what=str(source))
        return expected

    def add_chunks(
        self, chunks: Iterable[bytes], sha256: str, *, executable: bool = False, what: str
    ) -> Path:
        """Keep a stream of bytes; it gets its name only when its digest is `sha256` (VES-402).

        `what` names the origin in the error. A blob once executable stays so.
        """
        target = self._blob(sha256)
        executable = executable or os.access(target, os.X_OK)
        hasher = hashlib.sha256()
        with atomic_file(target, 0o555 if executable else 0o444) as file:
            for chunk in chunks:
                hasher.update(chunk)
                file.write(chunk)
            if hasher.hexdigest() != sha256:
                raise mismatch(what, sha256, hasher.hexdigest())
        return target

    def record(self, key: str) -> dict[str, str] | None:
        """What was made under `key`: name -> digest; None unless every blob is kept. Raises VES-114
        when another user may have written it."""
        for path in (self.root, self._record(key).parent, self._record(key)):
            check_own(path)  # unlike a blob it does not vouch for itself
        try:
            outputs: Any = json.loads(self._record(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None  # a damaged record is no record: it is made again
        if isinstance(outputs, dict) and all(self.path(digest) for digest in outputs.values()):
            return outputs
        return None

    def put_record(self, key: str, outputs: Mapping[str, str]) -> None:
        """Remember what was made under `key`; the blobs must be kept already."""
        for name, sha256 in outputs.items():
            self.need(sha256, name)
        write_bytes(self._record(key), canonical_json(dict(outputs)))

    def _blob(self, sha256: str) -> Path:
        if not DIGEST.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.root / "blobs" / sha256[:2] / sha256

    def _record(self, key: str) -> Path:
        if not DIGEST.fullmatch(key):
            raise ValueError(f"not a record key: {key!r}")
        return self.root / "records" / f"{key}.json"


def mismatch(what: str, expected: str, actual: str) -> VesselError:
    """VES-402: bytes that are not the locked ones."""
    return VesselError.of(
        "VES-402",
        f"{what} is not what the lock names: expected sha256 {expected}, got {actual}",
        "If upstream replaced the file on purpose, lock again with -e update=true.",
    )
