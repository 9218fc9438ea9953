"""Kept layers mounted over each other as one tree, by the kernel's overlayfs.

Source: Linux Documentation/filesystems/overlayfs. Features that would let a layer depend on more
than the files of those below it are off.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._common.run import run
from .mounts import require_sandbox

OPTIONS = "redirect_dir=off,metacopy=off,index=off,xino=off"


def mount_layers(root: Path, layers: Sequence[str], tree: Path) -> None:
    """Mount the directories `layers`, the topmost first, read-only at `tree`.

    They are named relative to `root`, so that no character of its path can be an option's. Raises
    VES-920 outside the sandbox, and VES-102 where the kernel cannot.
    """
    _mount(root, f"ro,lowerdir={':'.join(layers)}", tree)


def mount_for_change(root: Path, layers: Sequence[str], tree: Path, upper: str, work: str) -> None:
    """The same, but what is changed at `tree` goes into `upper`; `work` is scratch beside it."""
    _mount(root, f"lowerdir={':'.join(layers)},upperdir={upper},workdir={work}", tree)


def unmount_layers(tree: Path) -> None:
    """Undo either of them."""
    run(["umount", tree], what=f"unmounting {tree}")


def _mount(root: Path, options: str, tree: Path) -> None:
    require_sandbox()
    argv = ["mount", "-t", "overlay", "-o", f"{options},{OPTIONS}", "vessel-tree", str(tree)]
    run(argv, cwd=root, what=f"mounting {tree}")
