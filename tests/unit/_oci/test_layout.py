from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    Directory,
    Entry,
    File,
    Image,
    Link,
    write_layout,
)

EPOCH = 1763900000
NAME = "registry.example/team/tool:v1"


def layout(directory: Path, *images: Image, architecture: str = "amd64") -> Path:
    directory.mkdir()
    write_layout(images, directory, epoch=EPOCH, architecture=architecture)
    return directory


def image(*entries: Entry, **settings: Any) -> Image:
    return Image(NAME, entries or (File("/tool", b"x", 0o755),), **settings)


def blob(directory: Path, digest: str) -> bytes:
    data = (directory / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
    return data


def parts(directory: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Descriptor, manifest and configuration of the layout's only image."""
    (descriptor,) = json.loads((directory / "index.json").read_bytes())["manifests"]
    manifest = json.loads(blob(directory, descriptor["digest"]))
    return descriptor, manifest, json.loads(blob(directory, manifest["config"]["digest"]))


def members(directory: Path) -> list[tarfile.TarInfo]:
    _, manifest, _ = parts(directory)
    path = directory / "blobs/sha256" / manifest["layers"][0]["digest"].removeprefix("sha256:")
    with tarfile.open(path) as layer:
        return layer.getmembers()


def test_documents_point_at_each_other(tmp_path: Path) -> None:
    made = layout(tmp_path / "a", image(labels={"dev.vessel.made-from": "m@v1"}))
    descriptor, manifest, config = parts(made)
    layer = manifest["layers"][0]
    assert json.loads((made / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert config["rootfs"] == {"type": "layers", "diff_ids": [layer["digest"]]}
    assert layer["size"] == len(blob(made, layer["digest"]))
    assert descriptor["size"] == len(blob(made, descriptor["digest"]))
    assert descriptor["annotations"]["io.containerd.image.name"] == NAME
    assert descriptor["annotations"]["org.opencontainers.image.ref.name"] == "v1"
    assert config["created"] == "2025-11-23T12:13:20Z"
    assert config["config"]["Labels"] == {"dev.vessel.made-from": "m@v1"}
    assert manifest["annotations"]["dev.vessel.made-from"] == "m@v1"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"WorkingDir": "/"}),
        ({"user": "65532:65532"}, {"WorkingDir": "/", "User": "65532:65532"}),
        ({"entrypoint": ["/tool", "-x"]}, {"WorkingDir": "/", "Entrypoint": ["/tool", "-x"]}),
        (
            {"environment": {"PATH": "/bin", "A": "1"}},
            {"WorkingDir": "/", "Env": ["A=1", "PATH=/bin"]},
        ),
    ],
)
def test_configuration(tmp_path: Path, settings: dict[str, Any], expected: dict[str, Any]) -> None:
    _, _, config = parts(layout(tmp_path / "a", image(**settings), architecture="arm64"))
    assert config["config"] == expected
    assert (config["os"], config["architecture"]) == ("linux", "arm64")


@pytest.mark.parametrize("pinned", [True, False])
def test_pinned(tmp_path: Path, pinned: bool) -> None:
    descriptor, _, _ = parts(layout(tmp_path / "a", image(pinned=pinned)))
    assert ("dev.vessel.pinned" in descriptor["annotations"]) is pinned


def test_members_are_sorted_owned_by_root_and_have_one_time(tmp_path: Path) -> None:
    source = tmp_path / "tool"
    source.write_bytes(b"elf")
    source.chmod(0o600)
    os.utime(source, (1, 1))
    made = layout(
        tmp_path / "a",
        image(
            File("/usr/local/bin/tool", source, 0o755),
            Link("/bin", "usr/bin"),
            Directory("/tmp", 0o1777),
            File("/etc/passwd", b"root"),
        ),
    )
    found = [(m.name, m.type, oct(m.mode), m.size) for m in members(made)]
    assert found == [
        ("bin", tarfile.SYMTYPE, "0o777", 0),
        ("etc", tarfile.DIRTYPE, "0o755", 0),
        ("etc/passwd", tarfile.REGTYPE, "0o644", 4),
        ("tmp", tarfile.DIRTYPE, "0o1777", 0),
        ("usr", tarfile.DIRTYPE, "0o755", 0),
        ("usr/local", tarfile.DIRTYPE, "0o755", 0),
        ("usr/local/bin", tarfile.DIRTYPE, "0o755", 0),
        ("usr/local/bin/tool", tarfile.REGTYPE, "0o755", 3),
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members(made)} == {
        (EPOCH, 0, 0, "", "")
    }


def test_order_of_entries_does_not_matter(tmp_path: Path) -> None:
    entries: list[Entry] = [File("/b", b"2"), Link("/a", "b"), Directory("/c")]
    first = layout(tmp_path / "1", image(*entries))
    second = layout(tmp_path / "2", image(*reversed(entries)))
    assert (first / "index.json").read_bytes() == (second / "index.json").read_bytes()


@pytest.mark.parametrize(
    "entries",
    [
        (File("/a", b"1"), File("a", b"2")),
        (Link("/lib", "usr/lib"), File("/lib/x", b"")),
        (File("/a", b""), Directory("/a")),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    with pytest.raises(VesselError, match="VES-530"):
        layout(tmp_path / "a", image(*entries))


def test_several_images_keep_their_order_and_share_blobs(tmp_path: Path) -> None:
    images = [Image(f"x/{name}:1", (File("/tool", b"x"),)) for name in ("b", "a")]
    (tmp_path / "a").mkdir()
    digests = write_layout(images, tmp_path / "a", epoch=EPOCH)
    assert list(digests) == ["x/b:1", "x/a:1"]
    assert len(list((tmp_path / "a/blobs/sha256").iterdir())) == 3
