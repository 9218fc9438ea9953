"""Tar files of others, which may be compressed: opened so that a small one cannot fill a disk.

A gigabyte of zeros is a megabyte of gzip. So a member is looked at before it is read: where it ends
says what has to be unpacked for it, and headers that go on (pax, long names) are read into memory.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

RATIO = 100  # times its own size: what compresses better is made for it
ALWAYS = 256 << 20  # bytes that any may have
LONGEST_HEADER = 1 << 20
GO_ON = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class TooLarge(tarfile.TarError):
    """What unpacks to more than its size allows. Not a ReadError: after one of those tarfile tries
    the next form of compression."""


def open_tar(file: Path) -> tarfile.TarFile:
    """Open `file` for reading. Raises TooLarge, then or while members are met, for one that unpacks
    to more than ALWAYS and RATIO times its size."""
    most = ALWAYS + RATIO * file.stat().st_size

    class Member(tarfile.TarInfo):
        """A member whose size was looked at."""

        def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
            if self.type in GO_ON and self.size > LONGEST_HEADER:
                raise TooLarge(f"a header in it has {self.size} bytes")
            if archive.offset + self.size > most:
                raise TooLarge(f"it unpacks to more than {most} bytes")
            found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
            if found.size > most:  # a sparse file says how long it is in a further header
                raise TooLarge(f"it unpacks to more than {most} bytes")
            return found

    return tarfile.open(file, tarinfo=Member)
