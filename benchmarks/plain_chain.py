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
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._flow.describe import node_variables
from ansible_collections.vessel.image.plugins.module_utils._flow.store import programs
from ansible_collections.vessel.image.plugins.module_utils._flow.tools import the_store
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.packages import (
    DPKG_OPTIONS,
    make_repository,
)
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools


def prepare(plan: Plan, place: Path) -> Path:
    """The local mirror, which is there before the clock starts."""
    mirror = place / "mirror"
    mirror.mkdir()
    packages = plan.lock["debian"]["node"]
    make_repository(packages, the_store(), mirror, "trixie", form=_published)
    return mirror


def _published(package: Mapping[str, Any], store: Store) -> Path:
    """The package's file as Debian publishes it, which is what a mirror has."""
    return store.need(package["sha256"], package["name"])


def run_chain(plan: Plan, mirror: Path, place: Path) -> dict[str, float]:
    """Run it in the empty directory `place`; seconds by step."""
    tools = Tools(kept.place(plan.stage("tools").id))
    packages = plan.lock["debian"]["node"]
    variables = node_variables(plan, programs(plan), the_store())
    tree, raw, image = place / "tree", place / "disk.raw", place / "disk.qcow2"
    seconds: dict[str, float] = {}

    def step(name: str, *words: str | os.PathLike[str]) -> None:
        begun = time.monotonic()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds[name] = seconds.get(name, 0.0) + time.monotonic() - begun

    include = ",".join(f"{p['name']}={p['version']}" for p in packages)
    step(
        "mmdebstrap",
        *("mmdebstrap", "--mode=root", "--variant=apt", "--format=directory"),
        *(f"--include={include}", '--aptopt=APT::Install-Recommends "false"'),
        *(f"--dpkgopt={option}" for option in (*DPKG_OPTIONS, "force-unsafe-io")),
        *("trixie", tree, f"deb [trusted=yes] copy:{mirror} trixie main"),
    )
    for name, source in variables["vessel_binaries"].items():
        step("copy", "cp", source, tree / "usr/local/bin" / name)
    (tree / "opt/cni/bin").mkdir(parents=True)
    for name, source in variables["vessel_cni_plugins"].items():
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
