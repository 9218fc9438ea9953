"""Many small files, blobs, links and removals under one root: compared first, then applied.

A node is made of dozens of small files. One Ansible task each would cost more processor time than
everything they say, so a role hands its whole share over at once. `Contents` is what is wanted,
`plan` compares it with what is there, `apply` carries a plan out.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .._common.errors import VesselError
from .._common.files import sha256_file, write_bytes
from .._common.scratch import SUFFIX, scratch_prefix

MAX_DIFF_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class File:
    """A small file; `path` is absolute inside the root."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Blob:
    """A large file, known by its digest; `source` is a path outside the root's view."""

    path: str
    source: Path
    sha256: str
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Contents:
    """What a root must hold afterwards, and what it must not.

    `directories` maps a path to its mode and `links` a path to its target. `made` are directories
    that get their mode, and their owner, only where they are missing. `absent` are paths or shell
    patterns that are removed with all below them. `emptied` are directories that lose every file
    below them and keep their own directories (whose owners and modes packages chose). `kept` are
    paths that neither of these two takes away. `owners` maps a path to `user:group`, by names of
    the root's own accounts; what it does not name belongs to whoever runs this.
    """

    files: tuple[File, ...] = ()
    blobs: tuple[Blob, ...] = ()
    directories: tuple[tuple[str, int], ...] = ()
    made: tuple[tuple[str, int], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Remove:
    """A path that has to go."""

    path: str


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """A directory that is missing or has another mode."""

    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class MakeLink:
    """A symbolic link that is missing or leads elsewhere."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class GiveTo:
    """A path that belongs to somebody else; `owner` is `user:group`."""

    path: str
    owner: str


Step = Remove | MakeDirectory | File | Blob | MakeLink | GiveTo


def plan(root: Path, wanted: Contents) -> tuple[Step, ...]:
    """The steps that make `root` hold `wanted`; empty when it already does. Reads only.

    Removals come first, so that a path may be removed by a pattern and laid down anew.
    Raises VES-520 for a path that is not absolute and plain.
    """
    removals = tuple(Remove(path) for path in sorted(_unwanted(root, wanted)))
    steps: list[Step] = list(removals)
    steps += [MakeDirectory(p, m) for p, m in wanted.directories if not _is_directory(root, p, m)]
    there = {path for path, _ in wanted.made if under(root, path).is_dir()}
    steps += [MakeDirectory(path, mode) for path, mode in wanted.made if path not in there]
    steps += [file for file in wanted.files if not _is_file(root, file)]
    steps += [blob for blob in wanted.blobs if not _is_blob(root, blob)]
    steps += [MakeLink(p, t) for p, t in wanted.links if not _is_link(root, p, t)]
    new = {step.path for step in steps}
    steps += [
        GiveTo(path, owner)
        for path, owner in wanted.owners
        if path not in there and (path in new or not _belongs_to(root, path, owner))
    ]
    return tuple(steps)


def apply(root: Path, steps: tuple[Step, ...]) -> None:
    """Carry `steps` out. Each file appears whole or not at all; modes do not depend on the umask.

    Raises VES-521 when a blob's bytes are not those of its digest.
    """
    for step in steps:
        where = under(root, step.path)
        if isinstance(step, Remove):
            _remove(where)
            continue
        _parents(root, where)
        if isinstance(step, MakeDirectory):
            where.mkdir(exist_ok=True)
            where.chmod(step.mode)
        elif isinstance(step, File):
            _clear_way(where)
            write_bytes(where, step.content, step.mode)
        elif isinstance(step, Blob):
            _clear_way(where)
            _install(step, where)
        elif isinstance(step, GiveTo):
            mode = _mode(where)
            os.chown(where, *_ids(step.owner), follow_symlinks=False)
            if not where.is_symlink():
                where.chmod(mode)  # the kernel takes set-user-id away with the owner
        else:
            _remove(where)
            where.symlink_to(step.target)


def diff(root: Path, steps: tuple[Step, ...]) -> list[dict[str, str]]:
    """What Ansible shows with `--diff`: one entry a step, text only for small text files."""
    return [
        {
            "before_header": step.path,
            "after_header": step.path,
            "before": _describe(under(root, step.path)),
            "after": _announce(step),
        }
        for step in steps
    ]


def under(root: Path, path: str) -> Path:
    """Where the absolute `path` lies below `root`. Raises VES-520."""
    if not path.startswith("/") or ".." in path.split("/") or path.rstrip("/") == "":
        raise VesselError.of(
            "VES-520", f"{path!r} is no absolute path inside a tree", "Write it like /etc/hosts."
        )
    return root / path.lstrip("/")


def _unwanted(root: Path, wanted: Contents) -> set[str]:
    own = {file.path for file in wanted.files} | {path for path, _ in wanted.links}
    kept = {_real(root, path) for path in (*own, *wanted.kept)}
    above = {str(parent) for path in kept for parent in PurePosixPath(path).parents}
    found: set[str] = set()
    for pattern in wanted.absent:
        for path in _matches(root, pattern):
            found.update(_but(root, _inside(root, path), kept, above))
    for directory in wanted.emptied:
        found.update(_inside(root, path) for path in _files(under(root, directory)))
    return found - kept


def _but(root: Path, path: str, kept: set[str], above: set[str]) -> Iterator[str]:
    """What to remove of `path` so that what is `kept` stays: all of it at once where nothing is.
    Of a kept directory that is itself, not what else lies in it."""
    if path not in kept and path not in above:
        yield path
    elif (where := under(root, path)).is_dir() and not where.is_symlink():
        for inside in sorted(where.iterdir()):
            yield from _but(root, f"{path}/{inside.name}", kept, above)


def _real(root: Path, path: str) -> str:
    """`path` without links on the way to it, as a walk of the tree meets it."""
    where, real = under(root, path), root.resolve()
    parent = where.parent.resolve()
    return _inside(real, parent / where.name) if parent.is_relative_to(real) else path


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    """Paths that fit the shell `pattern`; a dangling link is there too."""
    where = under(root, pattern)
    if not any(sign in pattern for sign in "*?["):
        return iter([where] if os.path.lexists(where) else [])
    return root.glob(pattern.lstrip("/"))


def _inside(root: Path, path: Path) -> str:
    return f"/{path.relative_to(root).as_posix()}"


def _files(directory: Path) -> Iterator[Path]:
    """Everything below `directory` that is no directory itself."""
    for folder, folders, files in os.walk(directory):
        yield from (Path(folder, name) for name in files)
        yield from (path for name in folders if (path := Path(folder, name)).is_symlink())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _is_directory(root: Path, path: str, mode: int) -> bool:
    where = under(root, path)
    return where.is_dir() and _mode(where.resolve()) == mode


def _is_plain(where: Path, mode: int) -> bool:
    return where.is_file() and not where.is_symlink() and _mode(where) == mode


def _is_file(root: Path, file: File) -> bool:
    where = under(root, file.path)
    return _is_plain(where, file.mode) and where.read_bytes() == file.content


def _is_blob(root: Path, blob: Blob) -> bool:
    where = under(root, blob.path)
    return _is_plain(where, blob.mode) and sha256_file(where) == blob.sha256


def _is_link(root: Path, path: str, target: str) -> bool:
    where = under(root, path)
    return where.is_symlink() and str(where.readlink()) == target


def _ids(owner: str) -> tuple[int, int]:
    """The numbers of `user:group`. Raises VES-522 for a name that the root does not know."""
    user, _, group = owner.partition(":")
    try:
        return pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise VesselError.of(
            "VES-522",
            f"there is no user or group as in {owner!r}: {error.args[0]}",
            "Name one that the image has, or bring a package or a role that makes it.",
        ) from error


def _belongs_to(root: Path, path: str, owner: str) -> bool:
    where = under(root, path)
    if not os.path.lexists(where):
        return False
    status = where.lstat()
    return (status.st_uid, status.st_gid) == _ids(owner)


def _remove(where: Path) -> None:
    if where.is_dir() and not where.is_symlink():
        shutil.rmtree(where)
    else:
        where.unlink(missing_ok=True)


def _clear_way(where: Path) -> None:
    """A symbolic link is replaced, never written through."""
    if where.is_symlink():
        where.unlink()


def _parents(root: Path, where: Path) -> None:
    missing = []
    folder = where.parent
    while folder != root and not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for directory in reversed(missing):
        directory.mkdir()
        directory.chmod(0o755)


def _install(blob: Blob, where: Path) -> None:
    """Copy the blob beside its place, verify what came to lie there, and give it its name."""
    descriptor, name = tempfile.mkstemp(SUFFIX, scratch_prefix(where.name), where.parent)
    os.close(descriptor)
    scratch = Path(name)
    try:
        shutil.copyfile(blob.source, scratch)
        if (got := sha256_file(scratch)) != blob.sha256:
            raise VesselError.of(
                "VES-521",
                f"{blob.path} would get sha256 {got}, not {blob.sha256}",
                "The store or the transfer is damaged: remove the blob from the store and retry.",
            )
        scratch.chmod(blob.mode)
        scratch.replace(where)
    finally:
        scratch.unlink(missing_ok=True)


def _describe(where: Path) -> str:
    if where.is_symlink():
        return f"link to {where.readlink()}\n"
    if where.is_dir():
        return f"directory, mode {_mode(where):04o}\n"
    if not where.is_file():
        return ""
    if where.stat().st_size > MAX_DIFF_BYTES:
        return f"file of {where.stat().st_size} bytes, mode {_mode(where):04o}\n"
    return _text(where.read_bytes())


def _announce(step: Step) -> str:
    if isinstance(step, Remove):
        return ""
    if isinstance(step, MakeDirectory):
        return f"directory, mode {step.mode:04o}\n"
    if isinstance(step, MakeLink):
        return f"link to {step.target}\n"
    if isinstance(step, Blob):
        return f"sha256 {step.sha256}, mode {step.mode:04o}\n"
    if isinstance(step, GiveTo):
        return f"belongs to {step.owner}\n"
    return _text(step.content)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"{len(data)} bytes\n"
