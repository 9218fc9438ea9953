"""The chain that a person would type: mmdebstrap, copy, mke2fs, qemu-img. What a build is measured
against.

The same packages from a local mirror, as Debian publishes them; the same binaries and images (as
files); the same tools of the same versions; no cache, no verification, no manifest, no sandbox.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._flow.making import the_store
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import FILE, INPUT, Stage
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb, debs
from ansible_collections.vessel.image.plugins.module_utils._tree.packages import (
    DPKG_OPTIONS,
    make_repository,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools


def prepare(plan: Plan, place: Path) -> Path:
    """The local mirror, which is there before the clock starts."""
    mirror = place / "mirror"
    mirror.mkdir()
    make_repository(_published(plan), mirror, "trixie")
    return mirror


def _published(plan: Plan) -> list[Deb]:
    """The packages as Debian publishes them, which is what a mirror has."""
    blobs = plan.stage("packages").blobs
    return debs({name: the_store().need(each.sha256, each.name) for name, each in blobs.items()})


def _programs(node: Stage, variable: str) -> Mapping[str, Path]:
    """What the play is told in `variable`: name of a program -> its file."""
    return {
        name: kept.place(node.inputs[each[INPUT]].id) / each[FILE]
        for name, each in node.options["variables"][variable].items()
    }


def run_chain(plan: Plan, mirror: Path, place: Path) -> dict[str, float]:
    """Run it in the empty directory `place`; seconds by step."""
    tools = Tools(kept.place(plan.stage("tools").id))
    packages, node = _published(plan), plan.stage("node")
    tree, raw, image = place / "tree", place / "disk.raw", place / "disk.qcow2"
    seconds: dict[str, float] = {}

    def step(name: str, *words: str | os.PathLike[str]) -> None:
        begun = time.monotonic()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds[name] = seconds.get(name, 0.0) + time.monotonic() - begun

    include = ",".join(f"{p.name}={p.version}" for p in packages)
    step(
        "mmdebstrap",
        *("mmdebstrap", "--mode=root", "--variant=apt", "--format=directory"),
        *(f"--include={include}", '--aptopt=APT::Install-Recommends "false"'),
        *(f"--dpkgopt={option}" for option in (*DPKG_OPTIONS, "force-unsafe-io")),
        *("trixie", tree, f"deb [trusted=yes] copy:{mirror} trixie main"),
    )
    for name, source in _programs(node, "vessel_binaries").items():
        step("copy", "cp", source, tree / "usr/local/bin" / name)
    (tree / "opt/cni/bin").mkdir(parents=True)
    for name, source in _programs(node, "vessel_cni_plugins").items():
        step("copy", "cp", source, tree / "opt/cni/bin" / name)
    # Made by no step here: a person would have pulled and unpacked them with a running containerd.
    step("copy", "cp", "-a", f"{kept.place(plan.stage('preload').id)}/.", tree)
    size = (kept.place(plan.stage("disk").id) / "disk.raw").stat().st_size
    with raw.open("wb") as file:
        file.truncate(size)
    step("mke2fs", *tools.argv("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, raw))
    convert = ("convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd")
    step("qemu-img", *tools.argv("qemu-img", *convert, raw, image))
    shutil.rmtree(tree)
    return seconds
