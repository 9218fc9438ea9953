"""The raw disk: partition table, file systems and boot loaders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._disk.disk import build_disk
from .._disk.layout import Boot
from .._kinds.architecture import Architecture
from .._plan.stage import Kind, Stage, Work, stage
from .._tree.tools import Tools


def make(work: Work) -> None:
    """Lay the trees over each other and write disk.raw, and beside it what is in it."""
    said = work.options
    boot = Boot(**{**said["boot"], "consoles": tuple(said["boot"]["consoles"])})
    build_disk(
        [work.inputs[name] for name in said["trees"]],
        Tools(work.inputs["tools"]),
        work.place / "disk.raw",
        identity=work.identity,
        epoch=said["epoch"],
        boot=boot,
        kernel_arguments=said["kernel_arguments"],
    )


KIND = Kind("disk", "partition table, file systems and boot loaders", make)


def disk(  # noqa: PLR0913 - each is a distinct property of one disk
    root: Path,
    trees: Sequence[Stage],
    *,
    tools: Stage,
    architecture: Architecture,
    epoch: int,
    kernel_arguments: Sequence[str] = (),
) -> Stage:
    """The disk of `trees`, the last one on top."""
    options = {
        "trees": [each.name for each in trees],
        "epoch": epoch,
        "kernel_arguments": list(kernel_arguments),
        "boot": {
            "grub": architecture.grub,
            "efi_path": architecture.efi_path,
            "root_type": architecture.root_type,
            "consoles": list(architecture.consoles),
        },
    }
    inputs = {"tools": tools, **{each.name: each for each in trees}}
    return stage(root, KIND, options=options, inputs=inputs)
