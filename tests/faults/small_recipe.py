"""The small vessel: what every kind of stage does to files, in as few of them as that takes."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._disk.contents import CONTENTS
from ansible_collections.vessel.image.plugins.module_utils._export.components import (
    Component,
    components,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.image import Image, Recipe, Target
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import (
    Kind,
    Made,
    Stage,
    Work,
    stage,
)
from ansible_collections.vessel.image.plugins.module_utils._stages.release import release
from ansible_collections.vessel.image.plugins.module_utils._vessels import RECIPES

VESSEL = "general-purpose"
PROGRAM = "tool"
SPARSE = 1 << 20  # bytes of nothing at the end of a disk


def packages(work: Work) -> None:
    """A tree of a few files, directories and links."""
    for name in ("etc", "usr/bin", "usr/share"):
        (work.place / name).mkdir(parents=True)
    (work.place / "etc/version").write_text(work.options["version"])
    (work.place / "usr/bin/dpkg").write_bytes(b"dpkg" * 20_000)
    (work.place / "usr/bin/dpkg").chmod(0o755)
    (work.place / "usr/share/link").symlink_to("../bin/dpkg")


def source(work: Work) -> None:
    """As a compiler: a program of the host writes."""
    (work.place / "text").write_text(f"built {work.options['version']}\n" * 1000)
    run(["cp", work.place / "text", work.place / "built"], what="compiling")


def node(work: Work) -> None:
    """Changes the tree of packages: adds, replaces, removes."""
    target = work.place / "usr/local/bin"
    target.mkdir(parents=True)
    for maker, name in ((PROGRAM, PROGRAM), ("source", "built")):
        run(["cp", work.inputs[maker] / name, target], what="installing")
    (work.place / "etc/version").write_text(f"node {work.options['version']}")
    (work.place / "usr/share/link").unlink()


def disk(work: Work) -> None:
    """The tree as a sparse file, and the list of what is in it."""
    with (work.place / "disk.raw").open("wb") as raw:
        names = _archive(work.inputs["node"], raw)  # type: ignore[arg-type]
        raw.truncate(raw.tell() + SPARSE)
    like = {"type": "file", "mode": "0644", "uid": 0, "gid": 0, "sha256": "0" * 64}
    files = [{"path": f"/{name}", "size": size, **like} for name, size in names.items()]
    told = {"schema": 1, "packages": {}, "units": {}, "sysctls": {}, "files": files}
    (work.place / CONTENTS).write_text(json.dumps(told))


def _archive(tree: Path, target: object) -> Mapping[str, int]:
    """Name -> size of each file that was written."""
    found = {}
    with tarfile.open(fileobj=target, mode="w") as archive:  # type: ignore[call-overload]
        for path in sorted(each for each in tree.rglob("*") if each.is_file()):
            entry = archive.gettarinfo(str(path), path.relative_to(tree).as_posix())
            entry.mtime, found[entry.name] = 0, entry.size
            with path.open("rb") as data:
                archive.addfile(entry, data)
    return found


KINDS = {
    each.name: each
    for each in (
        # Their code is no part of the collection, so options are all that is in their ids.
        Kind("packages", "unpack", packages, by_values=True),
        Kind("source", "compile", source, by_values=True, online=True),
        Kind("node", "configure", node, by_values=True, over="packages"),
        Kind("disk", "write the disk", disk, by_values=True),
    )
}


def image(target: Target) -> Image:
    """What follows from the lock's one program by URL."""
    root, (fetched,) = target.root, target.lock.content["executables"]

    def own(name: str, **inputs: Stage) -> Stage:
        options = {"version": fetched["sha256"]}
        return stage(root, KINDS[name], options=options, inputs=inputs)

    shim, built = release(root, PROGRAM, fetched), own("source")
    tree = own("node", packages=own("packages"), source=built, **{PROGRAM: shim})
    made = [Component(PROGRAM, "1", "release", made=Made(shim, PROGRAM))]
    return Image(
        name=target.spec.name,
        vessel=VESSEL,
        stem="small-amd64",
        architecture="amd64",
        disk=own("disk", node=tree),
        tools=built,
        components=components(root, made),
        facts={
            "kubernetes": "1.36.3",
            "wasm_runtimes": [],
            "krustlet": False,
            "os": {"distribution": "debian", "release": "trixie", "kernel": "cloud"},
            "container_runtime": "containerd 2.4.2",
        },
        sums=(),
        spec_sha256=fetched["sha256"],
        lock_sha256=target.lock.sha256,
        epoch=1_763_900_000,
        machine={},
    )


RECIPE = Recipe(RECIPES[VESSEL].wants, image, VESSEL)
