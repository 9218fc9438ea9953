from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import canonical_json
from ansible_collections.vessel.image.plugins.module_utils._oci.archive import Archive
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    CONFIG_TYPE,
    MANIFEST_TYPE,
    File,
    Image,
    write_blob,
    write_layout,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import preload

EPOCH = 1763900000
MODULE_BYTES = b"\0asm\x01\0\0\0"  # an empty module
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
    assert first[preload.PRELOADED_NAMES][4] == "".join(f"{n}\n" for n in names).encode()
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


def test_webassembly_is_in_the_store_in_every_form(
    tmp_path: Path, programs: Path, images: list[Image]
) -> None:
    archives = [
        wasm_image(tmp_path / "wasi.tar", "wasi"),
        wasm_artifact(tmp_path / "component.tar"),
    ]
    (tmp_path / "out").mkdir()
    importer = programs / "vessel-preload"
    given = {"epoch": EPOCH, "architecture": "amd64", "archives": archives}
    names = preload.build_preload(images, importer, tmp_path / "out", **given)
    assert {archive.name for archive in archives} <= set(names)
    root = tmp_path / "out" / preload.CONTAINERD_ROOT
    argv = [importer, "list", "-root", str(root)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    found = {each["name"]: each for each in json.loads(done.stdout)}
    image, artifact = (found[archive.name] for archive in archives)
    assert (image["unpacked"], image["pinned"]) == (2 * 4096, True)
    assert (artifact["snapshot"], artifact["pinned"]) == ("", False)
    blobs = root / "io.containerd.content.v1.content/blobs/sha256"
    assert (blobs / hashlib.sha256(MODULE_BYTES).hexdigest()).read_bytes() == MODULE_BYTES


def wasm_image(path: Path, system: str) -> Archive:
    """An image with a file system, of the platform `system`/wasm."""
    layout = path.with_suffix("")
    layout.mkdir()
    name = f"registry.example/{path.stem}:1"
    write_layout([Image(name, (File("/app.wasm", MODULE_BYTES),))], layout, epoch=0)
    index = json.loads((layout / "index.json").read_bytes())
    blobs = layout / "blobs/sha256"
    manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_bytes())
    config = json.loads((blobs / manifest["config"]["digest"][7:]).read_bytes())
    config |= {"os": system, "architecture": "wasm"}
    manifest["config"] = write_blob(blobs, CONFIG_TYPE, canonical_json(config))
    index["manifests"] = [write_blob(blobs, MANIFEST_TYPE, canonical_json(manifest))]
    (layout / "index.json").write_bytes(canonical_json(index))
    return packed(path, layout, name, pinned=True)


def wasm_artifact(path: Path) -> Archive:
    """A component as the CNCF's working group lays it out."""
    layout = path.with_suffix("")
    (layout / "blobs/sha256").mkdir(parents=True)
    blobs = layout / "blobs/sha256"
    config = {"architecture": "wasm", "os": "wasip2", "layerDigests": []}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": write_blob(blobs, "application/vnd.wasm.config.v0+json", canonical_json(config)),
        "layers": [write_blob(blobs, "application/wasm", MODULE_BYTES)],
    }
    index = {"manifests": [write_blob(blobs, MANIFEST_TYPE, canonical_json(manifest))]}
    (layout / "index.json").write_bytes(canonical_json(index))
    return packed(path, layout, f"registry.example/{path.stem}:1", pinned=False)


def packed(path: Path, layout: Path, name: str, *, pinned: bool) -> Archive:
    with tarfile.open(path, "w") as tar:
        for file in sorted(layout.rglob("*")):
            tar.add(file, file.relative_to(layout), recursive=False)
    return Archive(path.name, path, name, pinned)


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
