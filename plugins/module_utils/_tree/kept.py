"""Kept stage results, in the cache.

    stages/<id>/result    the result, a plain directory; it takes this name only when it is whole
    stages/<id>/boot      in which boot of the host that was, or DURABLE
    stages/<id>/below     where the result is only what changed in another stage's: that one's id
    stages/<id>/open      another stage's tree, while it is changed into this one's
    stages/<id>/files     of what was made with the network: the digest of each file

Results are not forced to the disk: that would cost as much as making them. So one is trusted in the
boot that made it, when the kernel's memory vouches for it, and in later ones only if a build has
met it again after the kernel had time to write it down. What was made with the network, and takes
long to make again, is forced to the disk, and its digests are compared before anybody uses it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._common.errors import VesselError
from .._common.files import atomic_directory, sha256_file, write_text
from .._common.owned import check_own, make_directory
from .._common.places import cache_root, check_kept
from .._common.run import run
from .._common.scratch import remove, scratch, sweep
from .._common.space import space
from .overlay import mount_for_change, mount_layers, unmount_layers

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DURABLE = "durable\n"
# Seconds after which the kernel has written by itself nearly all that a stage wrote.
WRITTEN_BACK = 120.0


def stages_root() -> Path:
    """The directory of all kept results."""
    return cache_root() / "stages"


def place(stage_id: str) -> Path:
    """Where the result of `stage_id` is or will be."""
    return stages_root() / stage_id / "result"


def is_kept(stage_id: str) -> bool:
    """True when the result is there and whole, and so is all that lies below it.

    Raises VES-114 when another user may have put it there.
    """
    return all(_is_here(each) for each in _layers(stage_id))


def settle(stage_id: str) -> None:
    """Say that the result in `place` is whole."""
    # Not forced to the disk either: only this boot believes it.
    _note(_mark(stage_id), BOOT_ID.read_text())


def touch(stage_id: str) -> None:
    """Note that a kept result was used: what is not, is pruned some day, what lies below last."""
    for each in _layers(stage_id):
        mark = _mark(each)
        os.utime(mark.parent)
        if mark.read_text() != DURABLE and time.time() - mark.stat().st_mtime > WRITTEN_BACK:
            run(["sync", "--file-system", mark], what="writing the cache to disk")
            write_text(mark, DURABLE)


@contextmanager
def making(stage_id: str, *, over: str = "", vouched: bool = False) -> Iterator[Path]:
    """The directory that becomes the result of `stage_id` when the block succeeds: an empty one, or
    the tree of the stage `over`, to be changed. What is `vouched` for is forced to the disk, and
    the digests of its files are noted for `check`."""
    if over:
        tree = open_tree(over, stage_id)
        try:
            yield tree
        except BaseException:
            _give_up(stage_id)
            raise
        close(stage_id)
        return
    with atomic_directory(place(stage_id)) as directory:
        yield directory
        # Or an older one would vouch for a result that has not reached the disk.
        _mark(stage_id).unlink(missing_ok=True)
    if not vouched:
        settle(stage_id)
        return
    write_text(_files(stage_id), json.dumps(_digests(place(stage_id))))
    run(["sync", "--file-system", _files(stage_id)], what="writing the cache to disk")
    write_text(_mark(stage_id), DURABLE)


def check(stage_id: str, name: str) -> None:
    """Compare a result that was vouched for with its digests, once a process; any other passes.

    Raises VES-406 when it is damaged; it is removed then. `name` says to the user what it is.
    """
    if stage_id in _sound or not _files(stage_id).exists():
        return
    if json.loads(_files(stage_id).read_bytes()) != _digests(place(stage_id)):
        forget(stage_id)
        raise VesselError.of(
            "VES-406",
            f"the cache's copy of {name} was damaged: {place(stage_id)} had other digests",
            "It was removed. Build again: it is fetched or built anew.",
        )
    _sound.add(stage_id)


def forget(stage_id: str) -> None:
    """Remove a result and all that is noted of it."""
    _mark(stage_id).unlink(missing_ok=True)  # first, or it would vouch for what is left half-way
    remove(stages_root() / stage_id)


@contextmanager
def whole(stage_id: str) -> Iterator[Path]:
    """The whole tree of a kept result, to be read."""
    layers = _layers(stage_id)
    if len(layers) == 1:
        yield place(stage_id)
        return
    with scratch("tree") as tree:
        mount_layers(stages_root(), _results(layers), tree)
        try:
            yield tree
        finally:
            unmount_layers(tree)


def open_tree(parent_id: str, stage_id: str) -> Path:
    """The parent's tree, to be changed and then kept by `close`; what changes goes into a layer.

    Where the kernel mounts no layer, as when the cache lies in a container's own, it is a copy.
    What an interrupted build left behind is removed first.
    """
    opened = _open(stage_id)
    shutil.rmtree(opened, ignore_errors=True)
    layer, work, tree = opened / "layer", opened / "work", opened / "tree"
    for directory in (layer, work, tree):
        make_directory(directory)
    layers = _layers(parent_id)
    # The root directory of the tree is the topmost layer's own.
    shutil.copystat(place(layers[0]), layer)
    relative = [str(path.relative_to(stages_root())) for path in (layer, work)]
    try:
        mount_for_change(stages_root(), _results(layers), tree, *relative)
    except VesselError:
        _copy(parent_id, layer)
        return layer
    _note(opened / "below", parent_id)
    return tree


def close(stage_id: str) -> Path:
    """Keep what `open_tree` began; returns its final place."""
    opened, final, below = _open(stage_id), place(stage_id), _below(stage_id)
    # First, or an older mark would vouch for a result that has not reached the disk.
    for path in (_mark(stage_id), below):
        path.unlink(missing_ok=True)
    if final.exists():
        shutil.rmtree(final)  # of another boot
    if (opened / "below").exists():
        unmount_layers(opened / "tree")
        (opened / "below").rename(below)
    (opened / "layer").rename(final)
    settle(stage_id)
    shutil.rmtree(opened)
    return final


def clear() -> None:
    """Remove what killed builds left. Only for whoever has the turn: an open tree is filled by
    several processes, so it is nobody else's then."""
    for directory in stages_root().glob("*"):
        sweep(directory)
        if (directory / "open").exists():
            remove(directory / "open")


def allocated(tree: Path) -> int:
    """Bytes that `tree`, a file or a directory, takes on disk with all below it."""
    paths = [tree, *(Path(base, n) for base, d, f in os.walk(tree) for n in (*d, *f))]
    return sum(path.lstat().st_blocks * 512 for path in paths)


_sound: set[str] = set()


def _digests(tree: Path) -> dict[str, str]:
    """Of every file of `tree`, and where each link leads, by the path below it."""
    found = {}
    for folder, folders, files in os.walk(tree):
        for path in (Path(folder, name) for name in sorted([*folders, *files])):
            name = str(path.relative_to(tree))
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file():
                found[name] = sha256_file(path)
    return dict(sorted(found.items()))


def _layers(stage_id: str) -> list[str]:
    """The ids of the stages whose results make the tree, the topmost first."""
    found = [stage_id]
    _check_owner(stage_id)
    while (below := _below(found[-1])).exists():
        found.append(below.read_text())
        _check_owner(found[-1])
    return found


def _check_owner(stage_id: str) -> None:
    """A result is believed: nobody else may have put there any of it."""
    kept = stages_root() / stage_id
    check_kept(kept)
    for name in ("boot", "below", "files", "result"):
        check_own(kept / name)


def _results(layers: list[str]) -> list[str]:
    return [str(place(each).relative_to(stages_root())) for each in layers]


def _is_here(stage_id: str) -> bool:
    try:
        boot = _mark(stage_id).read_text()
    except FileNotFoundError:
        return False
    return boot in (DURABLE, BOOT_ID.read_text()) and place(stage_id).is_dir()


def _note(file: Path, text: str) -> None:
    file.touch(0o644)  # whatever the umask
    file.write_text(text)


def _copy(stage_id: str, target: Path) -> None:
    target.rmdir()
    with (
        whole(stage_id) as tree,
        space(stages_root(), allocated(tree), "copying the package tree"),
    ):
        run(["cp", "--archive", "--reflink=auto", tree, target], what="copying the package tree")


def _give_up(stage_id: str) -> None:
    """Undo what `open_tree` began."""
    opened = _open(stage_id)
    with suppress(VesselError):  # somebody still works in it: the sandbox's end unmounts it
        if (opened / "below").exists():
            unmount_layers(opened / "tree")
        shutil.rmtree(opened, ignore_errors=True)


def _files(stage_id: str) -> Path:
    return stages_root() / stage_id / "files"


def _mark(stage_id: str) -> Path:
    return stages_root() / stage_id / "boot"


def _below(stage_id: str) -> Path:
    return stages_root() / stage_id / "below"


def _open(stage_id: str) -> Path:
    return stages_root() / stage_id / "open"
