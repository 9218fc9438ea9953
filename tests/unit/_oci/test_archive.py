"""OCI archives of users: what is taken over, and what is refused."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._oci.archive import Archive, add_archive
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    CONFIG_TYPE,
    INDEX,
    INDEX_TYPE,
    LAYER_TYPE,
    MANIFEST_TYPE,
    NAME,
    PINNED,
    write_layout,
)

APP = "registry.example/app:1.0"


class Tar:
    """Writes an archive blob by blob."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tar = tarfile.open(path, "w")  # noqa: SIM115 - closed by `close`

    def file(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self.tar.addfile(member, io.BytesIO(data))

    def blob(self, media_type: str, document: Any, **more: Any) -> dict[str, Any]:
        data = json.dumps(document).encode()
        digest = hashlib.sha256(data).hexdigest()
        self.file(f"blobs/sha256/{digest}", data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def close(self, *manifests: dict[str, Any], name: str = "") -> Archive:
        index = {"schemaVersion": 2, "manifests": list(manifests)}
        self.file("index.json", json.dumps(index).encode())
        self.tar.close()
        return Archive("images/app.tar", self.path, name)


@pytest.fixture
def tar(tmp_path: Path) -> Tar:
    return Tar(tmp_path / "app.tar")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    directory = tmp_path / "layout"
    directory.mkdir()
    write_layout([], directory, epoch=0)
    return directory


def test_an_image_gets_the_name_that_the_archive_or_the_spec_says(tar: Tar, layout: Path) -> None:
    manifest = tar.blob(MANIFEST_TYPE, {"layers": []}, annotations={NAME: APP})
    archive = tar.close(manifest)
    assert add_archive(archive, layout, architecture="amd64") == {APP: manifest["digest"]}
    [kept] = json.loads((layout / "index.json").read_bytes())["manifests"]
    assert kept["annotations"] == {NAME: APP, PINNED: "true"}
    assert (layout / "blobs/sha256" / manifest["digest"][7:]).is_file()
    other = "registry.example/other:2"
    named = Archive("images/app.tar", archive.file, other, pinned=False)
    assert add_archive(named, layout, architecture="amd64") == {other: manifest["digest"]}
    last = json.loads((layout / "index.json").read_bytes())["manifests"][-1]
    assert last["annotations"] == {NAME: other}


def test_the_manifest_for_the_architecture_is_chosen(tar: Tar, layout: Path) -> None:
    arm, amd = (
        tar.blob(MANIFEST_TYPE, {"for": name}, platform={"os": "linux", "architecture": name})
        for name in ("arm64", "amd64")
    )
    index = tar.blob(INDEX_TYPE, {"manifests": [arm, amd]})
    archive = tar.close(index, name=APP)
    assert add_archive(archive, layout, architecture="amd64") == {APP: amd["digest"]}
    [kept] = json.loads((layout / "index.json").read_bytes())["manifests"]
    assert kept["annotations"][INDEX] == index["digest"]
    with pytest.raises(VesselError, match=r"VES-534.*no image for linux/riscv64"):
        add_archive(archive, layout, architecture="riscv64")


def test_a_name_is_needed(tar: Tar, layout: Path) -> None:
    short = {"org.opencontainers.image.ref.name": "1.0"}
    archive = tar.close(tar.blob(MANIFEST_TYPE, {}, annotations=short))
    with pytest.raises(VesselError, match=r"VES-534.*is called\n.*Give its `name`"):
        add_archive(archive, layout, architecture="amd64")


def test_a_name_for_two_images_is_refused(tar: Tar, layout: Path) -> None:
    both = [tar.blob(MANIFEST_TYPE, {"n": n}) for n in (1, 2)]
    with pytest.raises(VesselError, match=r"VES-534.*more than one image"):
        add_archive(tar.close(*both, name=APP), layout, architecture="amd64")


def test_a_blob_of_other_bytes_is_refused(tar: Tar, layout: Path) -> None:
    tar.file(f"blobs/sha256/{'0' * 64}", b"other")
    with pytest.raises(VesselError, match=r"VES-534.*holds other bytes"):
        add_archive(tar.close(), layout, architecture="amd64")
    assert list((layout / "blobs/sha256").iterdir()) == []


def test_what_is_no_archive_is_refused(tar: Tar, layout: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.tar"
    plain.write_text("no tar")
    with pytest.raises(VesselError, match=r"VES-534.*not a tar file"):
        add_archive(Archive("plain.tar", plain), layout, architecture="amd64")
    with pytest.raises(VesselError, match=r"VES-534.*holds no image"):
        add_archive(tar.close(), layout, architecture="amd64")
    missing = {"mediaType": INDEX_TYPE, "digest": "sha256:../../x", "size": 1}
    other = Tar(tmp_path / "other.tar").close(missing, name=APP)
    with pytest.raises(VesselError, match=r"VES-534.*lacks its blob"):
        add_archive(other, layout, architecture="amd64")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_what_the_host_refuses_is_no_fault_of_the_archive(
    tar: Tar, layout: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(_number: int) -> None:
        raise OSError(number, os.strerror(number))

    archive = tar.close(tar.blob(MANIFEST_TYPE, {"layers": []}, annotations={NAME: APP}))
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        add_archive(archive, layout, architecture="amd64")


def platform(os: str, architecture: str) -> dict[str, Any]:
    return {"platform": {"os": os, "architecture": architecture}}


@pytest.mark.parametrize("os", ["wasi", "wasip1", "wasip2"])
def test_an_image_for_webassembly_is_taken_where_there_is_none_for_the_processor(
    tar: Tar, layout: Path, os: str
) -> None:
    wasm = tar.blob(MANIFEST_TYPE, {"for": os}, **platform(os, "wasm"))
    arm = tar.blob(MANIFEST_TYPE, {"for": "arm64"}, **platform("linux", "arm64"))
    index = tar.blob(INDEX_TYPE, {"manifests": [arm, wasm]})
    archive = tar.close(index, name=APP)
    assert add_archive(archive, layout, architecture="amd64") == {APP: wasm["digest"]}
    [kept] = json.loads((layout / "index.json").read_bytes())["manifests"]
    # containerd would find no manifest for its own platform in that index.
    assert INDEX not in kept["annotations"]
    assert add_archive(archive, layout, architecture="arm64") == {APP: arm["digest"]}


def described(config: str, *layers: str, **more: Any) -> dict[str, Any]:
    parts = [{"mediaType": layer} for layer in layers]
    return {"config": {"mediaType": config}, "layers": parts, **more}


OLD = "application/vnd.module.wasm"
WASM = [
    described("application/vnd.wasm.config.v0+json", "application/wasm"),
    described(f"{OLD}.config.v1+json", f"{OLD}.content.layer.v1+wasm"),
    described("application/vnd.wasm.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm"),
    described(CONFIG_TYPE, "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm"),
    described("application/vnd.oci.empty.v1+json", "x/y", artifactType="application/wasm"),
    described(CONFIG_TYPE, LAYER_TYPE, annotations={"module.wasm.image/variant": "compat"}),
]  # fmt: skip


@pytest.mark.parametrize("manifest", WASM)
def test_every_form_of_webassembly_is_taken(
    tar: Tar, layout: Path, manifest: dict[str, Any]
) -> None:
    blob = tar.blob(MANIFEST_TYPE, manifest)
    archive = tar.close(blob, name=APP)
    assert add_archive(archive, layout, architecture="amd64") == {APP: blob["digest"]}


@pytest.mark.parametrize("kind", ["application/vnd.cncf.helm.config.v1+json", "application/x"])
def test_another_artifact_is_refused(tar: Tar, layout: Path, kind: str) -> None:
    archive = tar.close(tar.blob(MANIFEST_TYPE, described(kind, "text/plain")), name=APP)
    with pytest.raises(VesselError, match=rf"VES-535.*but {re.escape(kind)}"):
        add_archive(archive, layout, architecture="amd64")


@pytest.mark.parametrize("digest", ["sha256:../../../evil", "../../../evil", "sha256:", "evil"])
def test_a_digest_leads_nowhere_but_to_a_blob(
    tar: Tar, layout: Path, tmp_path: Path, digest: str
) -> None:
    data = json.dumps({"layers": []}).encode()
    (tmp_path / "evil").write_bytes(data)
    (layout / "blobs/sha256/evil").write_bytes(data)
    descriptor = {"mediaType": MANIFEST_TYPE, "digest": digest, "size": len(data)}
    archive = tar.close(descriptor, name=APP)
    with pytest.raises(VesselError, match="VES-534"):
        add_archive(archive, layout, architecture="amd64")
