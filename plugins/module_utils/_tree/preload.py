"""The preload stage: images put into containerd's root before containerd ever runs.

The result is a partial root file system, merged over the node's when the disk is made. Layers are
kept unpacked only, so these images run but cannot be exported or pushed from the node, nor served
to other nodes. WebAssembly artifacts are kept as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .._common.errors import VesselError
from .._common.progress import report
from .._common.scratch import scratch
from .._common.space import space
from .._oci.archive import Archive, add_archive
from .._oci.layout import Image, size, write_layout
from .._spec.paths import CONTAINERD_ROOT, PRELOADED_NAMES
from .boundary import TREE, run_on_tree

_IMPORTER, _LAYOUT = "/importer", "/layout"  # where it finds itself, and the images
# Layers may hold device files, which whiteouts are, too, and overlayfs' own attributes.
_ITS_OWN = ("MKNOD", "SYS_ADMIN")


def build_preload(  # noqa: PLR0913 - each is a distinct input of the stage
    images: Sequence[Image],
    importer: Path,
    tree: Path,
    *,
    epoch: int,
    architecture: str,
    archives: Sequence[Archive] = (),
) -> list[str]:
    """Fill the empty directory `tree` with `images` and those of `archives`; returns their names,
    sorted. Needs root.

    `importer` is the built `vessel-preload`; `epoch` (seconds) replaces every time. Raises VES-102
    when it fails and VES-533 when what it lists is not what was asked for.
    """
    # once as an image's layer, once unpacked
    needs = 2 * sum(size(image) for image in images)
    needs += 2 * sum(archive.file.stat().st_size for archive in archives)
    with space(tree, needs, "preloading the images"), scratch("layout") as layout:
        _folder(tree, CONTAINERD_ROOT, last=0o700)
        report(f"preload: writing {len(images)} images")
        wanted = write_layout(images, layout, epoch=epoch, architecture=architecture)
        for archive in archives:
            report(f"preload: reading {archive.source}")
            added = add_archive(archive, layout, architecture=architecture)
            wanted = joined(wanted, added, archive.source)
        report(f"preload: unpacking {len(wanted)} images")
        seen = {importer: _IMPORTER, layout: _LAYOUT}
        common = ["-root", f"{TREE}/{CONTAINERD_ROOT}", "-platform", f"linux/{architecture}"]

        def called(command: str, *words: str) -> str:
            argv = [_IMPORTER, command, *common, *words]
            what = f"{command} of the images"
            return run_on_tree(tree, argv, seen, rights=_ITS_OWN, what=what).stdout

        called("import", "-epoch", str(epoch), _LAYOUT)
        listed = json.loads(called("list"))
        found = {image["name"]: image["manifest"] for image in listed}
        if found != wanted:
            raise VesselError.of(
                "VES-533",
                f"asked to preload {wanted}, the store lists {found}",
                "Build again. If it stays so, report it with this message.",
            )
        names = sorted(found)
        file = _folder(tree, str(Path(PRELOADED_NAMES).parent)) / Path(PRELOADED_NAMES).name
        file.write_text("".join(f"{name}\n" for name in names))
        file.chmod(0o644)
        _clamp(tree, epoch)
    return names


def joined(wanted: Mapping[str, str], added: Mapping[str, str], source: str) -> dict[str, str]:
    """Names and digests of images, with those of the archive `source`. Raises VES-534 where one
    name would be two images: containerd would keep the last of them without a word."""
    if twice := sorted(name for name in added if wanted.get(name, added[name]) != added[name]):
        raise VesselError.of(
            "VES-534",
            f"{source} brings {twice[0]}, but so does Vessel or another archive, and not the same",
            "Give it another `name` in the spec.",
        )
    return {**wanted, **added}


def _folder(tree: Path, inside: str, last: int = 0o755) -> Path:
    """A directory in the tree whose modes do not depend on the umask."""
    path = tree
    for part in Path(inside).parts:
        path /= part
        if not path.exists():
            path.mkdir()
            path.chmod(0o755)
    path.chmod(last)
    return path


def _clamp(tree: Path, epoch: int) -> None:
    """Give everything below `tree` one time; contents before their directories."""
    for base, folders, files in os.walk(tree, topdown=False):
        for name in [*folders, *files]:
            os.utime(Path(base, name), (epoch, epoch), follow_symlinks=False)
    os.utime(tree, (epoch, epoch))
