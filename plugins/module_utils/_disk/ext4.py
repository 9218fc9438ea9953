"""The root file system: ext4, written by mke2fs from a tar stream straight into the disk file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO

from .._common.errors import VesselError
from .._common.files import CHUNK
from .._common.run import run
from .._tree.tools import Tools
from . import layout
from .gpt import Partition
from .tar import Entry, stream

# Named one by one, so that no configuration file of a host changes them. The kernel grows such a
# file system while it is mounted; GRUB 2.06 and later reads it.
FEATURES = (
    "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"
    "sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"
)
CONFIGURATION = "[defaults]\n\tbase_features = none\n[fs_types]\n\text4 = {\n\t}\n"
BY_MKE2FS = "security.capability"  # mke2fs takes no other extended attribute from a tar archive


def make_ext4(  # noqa: PLR0913 - each is a distinct property of one file system
    tools: Tools,
    disk: Path,
    place: Partition,
    uuid: str,
    hash_seed: str,
    entries: Sequence[Entry],
    epoch: int,
    scratch: Path,
) -> dict[str, str]:
    """Make an ext4 file system with `entries` at `place` of `disk`, which must read as zeros there.

    `scratch` is an empty directory. Returns the SHA-256 of each regular file by its name: they are
    digested on their way, not read a second time. Raises VES-604 for a name that cannot be given
    its extended attributes, VES-605 when a file changes meanwhile, and the runner's errors.
    """
    environment = _environment(epoch, scratch)
    extended = f"offset={place.start},hash_seed={hash_seed},nodiscard,assume_storage_prezeroed=1"
    options = [
        *("-q", "-F", "-t", "ext4", "-O", FEATURES, "-L", "root", "-U", uuid),
        *("-b", str(layout.BLOCK), "-I", str(layout.INODE_SIZE)),
        *("-N", str(layout.inode_count(len(entries), place.size))),
        *("-J", f"size={layout.JOURNAL >> 20}", "-m", str(layout.RESERVED_PERCENT)),
        *("-E", extended, "-d", "-"),
    ]
    with _piped(entries, epoch) as (archive, digests):
        run(
            tools.argv("mke2fs", *options, disk, str(place.size // layout.BLOCK)),
            env=environment,
            stdin=archive,
            timeout=1800,
            what="making the root file system",
        )
    _set_attributes(tools, disk, place, entries, environment, scratch)
    return digests


def _environment(epoch: int, scratch: Path) -> dict[str, str]:
    configuration = scratch / "mke2fs.conf"
    configuration.write_text(CONFIGURATION)
    return {
        # mke2fs goes by the first, debugfs (release 1.47.2) by the second.
        "SOURCE_DATE_EPOCH": str(epoch),
        "E2FSPROGS_FAKE_TIME": str(epoch),
        "MKE2FS_CONFIG": str(configuration),
    }


@contextmanager
def _piped(entries: Sequence[Entry], epoch: int) -> Iterator[tuple[IO[bytes], dict[str, str]]]:
    """The tar stream as a file to read from; a thread of ours writes it meanwhile. At the end the
    dictionary has what `stream` returns."""
    failures: list[BaseException] = []
    digests: dict[str, str] = {}
    reading, writing = os.pipe()
    # Fewer switches between the two sides; the kernel may refuse an unprivileged user so much.
    with suppress(PermissionError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, CHUNK)

    def feed() -> None:
        try:
            with os.fdopen(writing, "wb", buffering=CHUNK) as sink:
                digests.update(stream(entries, epoch, sink))
        except BrokenPipeError:
            pass  # the reader ended early and reports why
        except BaseException as error:  # raised below, in the reader's thread
            failures.append(error)

    feeder = Thread(target=feed, name="tar", daemon=True)
    try:
        with os.fdopen(reading, "rb") as source:
            feeder.start()
            yield source, digests
    finally:
        feeder.join()  # the reading end is closed: a writer that still waits gets a broken pipe
        if failures:
            raise failures[0]  # not what the reader made of a truncated archive


def _set_attributes(  # noqa: PLR0913 - each is a distinct property of one file system
    tools: Tools,
    disk: Path,
    place: Partition,
    entries: Sequence[Entry],
    environment: dict[str, str],
    scratch: Path,
) -> None:
    """Give the files the extended attributes (ACLs, overlayfs marks) that mke2fs leaves out."""
    commands: list[str] = []
    for entry in entries:
        for name, value in entry.xattrs.items():
            if name == BY_MKE2FS:
                continue
            blob = scratch / f"xattr-{len(commands)}"
            blob.write_bytes(value)
            commands.append(f"ea_set -f {_word(str(blob))} {_word('/' + entry.name)} {_word(name)}")
    if not commands:
        return
    script = scratch / "debugfs.commands"
    script.write_text("\n".join(commands) + "\n", "utf-8", "surrogateescape")
    result = run(
        tools.argv("debugfs", "-w", "-f", script, f"{disk}?offset={place.start}"),
        env=environment,
        what="setting extended attributes",
    )
    # debugfs ends with 0 whatever happened: every line besides its banner and echo is a complaint.
    complaints = [
        line
        for line in (result.stdout + result.stderr).splitlines()
        if line.strip() and not line.startswith(("debugfs ", "debugfs:"))
    ]
    if complaints:
        raise VesselError.of(
            "VES-604",
            "extended attributes could not be set",
            "\n".join(["Remove the attributes that debugfs names:", *complaints[:20]]),
        )


def _word(text: str) -> str:
    """One argument of a debugfs command."""
    if "\n" in text:
        raise VesselError.of(
            "VES-604",
            f"a file with a line break in its name has extended attributes: {text!r}",
            "Rename the file or remove its attributes.",
        )
    return '"' + text.replace('"', '""') + '"'
