from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    File,
    Image,
    write_layout,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import preload

EPOCH = 1763900000
MODULE = Path(__file__).parents[3] / "native/go"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="layers carry owners: needs root")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, go_environment: dict[str, str]) -> Path:
    """A directory with vessel-preload and pause, built from the module."""
    directory = tmp_path_factory.mktemp("programs")
    argv = ["go", "build", "-trimpath", "-o", f"{directory}/", "./cmd/..."]
    subprocess.run(argv, cwd=MODULE, env=go_environment, check=True)
    return directory


def build(images: list[Image], importer: Path, place: Path) -> list[str]:
    place.mkdir(parents=True)
    place.chmod(0o755)  # as the directory of a stage's result is
    return preload.build_preload(images, importer, place, epoch=EPOCH, architecture="amd64")


@pytest.fixture
def images(programs: Path) -> list[Image]:
    pause = File("/pause", programs / "pause", 0o755)
    return [
        Image("registry.example/pause:1", (pause,), entrypoint=["/pause"], pinned=True),
        Image("registry.example/app:1", (pause, File("/etc/x", b"x", 0o600))),
    ]


def tree(directory: Path) -> dict[str, tuple[object, ...]]:
    """All that a file system image would take over from `directory`."""
    result: dict[str, tuple[object, ...]] = {}
    for path in [directory, *sorted(directory.rglob("*"))]:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else None
        result[str(path.relative_to(directory))] = (
            oct(status.st_mode),
            status.st_uid,
            status.st_gid,
            status.st_mtime,
            content,
        )
    return result


def test_two_preloads_are_the_same(tmp_path: Path, programs: Path, images: list[Image]) -> None:
    importer = programs / "vessel-preload"
    names = build(images, importer, tmp_path / "one")
    assert names == ["registry.example/app:1", "registry.example/pause:1"]
    old = os.umask(0o077)
    try:
        build(images, importer, tmp_path / "deeper/two")
    finally:
        os.umask(old)
    first, second = tree(tmp_path / "one"), tree(tmp_path / "deeper/two")
    assert first == second
    assert {entry[3] for entry in first.values()} == {EPOCH}
    assert first[preload.NAMES_FILE][4] == "".join(f"{n}\n" for n in names).encode()
    assert first[preload.CONTAINERD_ROOT][0] == "0o40700"
    assert first["var/lib"][0] == "0o40755"
    snapshots = f"{preload.CONTAINERD_ROOT}/io.containerd.snapshotter.v1.overlayfs/snapshots"
    assert first[f"{snapshots}/1/fs/pause"][0] == "0o100755"
    assert first[f"{snapshots}/2/fs/etc/x"][0] == "0o100600"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deeper", "one"]


def test_it_needs_neither_network_nor_mounts(
    tmp_path: Path, programs: Path, images: list[Image]
) -> None:
    write_layout(images, tmp_path, epoch=EPOCH)
    root = tmp_path / "root"
    confined = ["setpriv", "--bounding-set=-sys_admin,-net_admin", "--inh-caps=-all"]
    argv = [str(programs / "vessel-preload"), "import", "-root", str(root), str(tmp_path)]
    subprocess.run(["unshare", "--net", *confined, *argv], check=True)
    assert (root / "io.containerd.metadata.v1.bolt/meta.db").is_file()


def test_a_failure_is_told(tmp_path: Path, programs: Path, images: list[Image]) -> None:
    twice = [*images, images[0]]
    with pytest.raises(VesselError, match=r"VES-102(.|\n)*already exists"):
        build(twice, programs / "vessel-preload", tmp_path / "out")


def test_an_importer_that_loses_an_image_is_found_out(tmp_path: Path, images: list[Image]) -> None:
    importer = tmp_path / "importer"
    importer.write_text("#!/bin/sh\n[ $1 = list ] && echo '[]'\nexit 0\n")
    importer.chmod(0o755)
    with pytest.raises(VesselError, match="VES-533"):
        build(images, importer, tmp_path / "out")
