"""Whatever the documents of an archive hold, it is taken or refused with a code: never another
error. Each value of a right archive's documents is replaced by each of a table, or taken out."""

from __future__ import annotations

import copy
import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.imagename import is_full_name
from ansible_collections.vessel.image.plugins.module_utils._oci.archive import Archive, add_archive
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    CONFIG_TYPE,
    INDEX_TYPE,
    LAYER_TYPE,
    MANIFEST_TYPE,
    NAME,
    write_layout,
)

APP = "registry.example/app:1.0"
TAKEN_OUT = object()
ODD: list[Any] = [TAKEN_OUT, None, True, 0, -1, 1.5, 1 << 80, "", "x", "sha256:../../x", [], [None],
                  ["x"], {}, {"x": None}, [[]], [{}]]  # fmt: skip
PLATFORM = {"os": "linux", "architecture": "amd64", "os.features": ["x"], "variant": "v8"}
Change = Callable[[str, dict[str, Any]], Any]


def unchanged(_name: str, document: dict[str, Any]) -> Any:
    return document


def write(path: Path, change: Change, *, platform: bool, named: bool = True) -> None:
    """An archive with one image in an index in an index; `change` gets each of its documents by
    name before its digest is made."""
    with tarfile.open(path, "w") as tar:

        def put(name: str, data: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        def blob(media_type: str, data: bytes, **more: Any) -> dict[str, Any]:
            digest = hashlib.sha256(data).hexdigest()
            put(f"blobs/sha256/{digest}", data)
            about = {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}
            return {**about, **more}

        def document(name: str, media_type: str, content: dict[str, Any], **more: Any) -> Any:
            data = json.dumps(change(name, content)).encode()
            return blob(media_type, data, **more) if media_type else put(name, data)

        machine = {"os": "linux", "architecture": "amd64"}
        config = document("config", CONFIG_TYPE, {**machine, "rootfs": {"diff_ids": []}})
        layer = blob(LAYER_TYPE, b"a layer")
        more: dict[str, Any] = {"platform": PLATFORM} if platform else {}
        parts = {"schemaVersion": 2, "config": config, "layers": [layer]}
        manifest = document("manifest", MANIFEST_TYPE, parts, **more)
        inner = document("inner", INDEX_TYPE, {"schemaVersion": 2, "manifests": [manifest]})
        annotations = {"annotations": {NAME: APP}} if named else {}
        outer = document("outer", INDEX_TYPE, {"manifests": [inner]}, **annotations)
        document("index.json", "", {"schemaVersion": 2, "manifests": [outer]})


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


def replaced(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return None if value is TAKEN_OUT else value
    whole = copy.deepcopy(document)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    if value is TAKEN_OUT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return whole


def answer(path: Path, name: str = "") -> dict[str, str] | str:
    """What was taken, or the message; any other error is the test's failure."""
    layout = path.with_name("layout")
    layout.mkdir()
    write_layout([], layout, epoch=0)
    try:
        return add_archive(Archive("images/app.tar", path, name), layout, architecture="amd64")
    except VesselError as error:
        assert [problem.code for problem in error.problems] in (["VES-534"], ["VES-535"])
        return str(error)
    finally:
        for file in sorted(layout.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        layout.rmdir()


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory in memory, where the thousand archives need not wait for a disk."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as name:
        yield Path(name)


# A configuration is read where the index does not say what the image is for.
@pytest.mark.parametrize(
    ("name", "platform"),
    [("config", False), ("manifest", False), ("manifest", True), ("inner", True), ("outer", True),
     ("index.json", True)],
)  # fmt: skip
def test_every_odd_value_is_refused_or_taken(memory: Path, name: str, platform: bool) -> None:
    seen: dict[str, Any] = {}
    path = memory / "app.tar"
    write(path, seen.setdefault, platform=platform)
    assert list(answer(path)) == [APP]
    refused = 0
    for place in places(seen[name]):
        for odd in ODD:

            def change(each: str, document: Any, at: Any = place, value: Any = odd) -> Any:
                return replaced(document, at, value) if each == name else document

            write(path, change, platform=platform)
            refused += isinstance(answer(path), str)
    assert refused > 10


def test_a_child_without_a_platform_is_known_by_its_configuration(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    write(path, unchanged, platform=False)
    assert list(answer(path)) == [APP]

    def for_arm(name: str, document: dict[str, Any]) -> Any:
        return {**document, "architecture": "arm64"} if name == "config" else document

    write(path, for_arm, platform=False)
    assert "it has no image for linux/amd64" in answer(path)


def test_what_is_missing_or_of_another_size_is_named(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"

    def lacking(name: str, document: dict[str, Any]) -> Any:
        return replaced(document, ("layers", 0, "digest"), f"sha256:{'0' * 64}")

    write(path, lambda n, d: lacking(n, d) if n == "manifest" else d, platform=True)
    assert f"it lacks its blob sha256:{'0' * 64}" in answer(path)

    def longer(name: str, document: dict[str, Any]) -> Any:
        return replaced(document, ("layers", 0, "size"), 70)

    write(path, lambda n, d: longer(n, d) if n == "manifest" else d, platform=True)
    assert "has 7 bytes, not 70" in answer(path)


def test_indexes_without_end(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    with tarfile.open(path, "w") as tar:

        def put(name: str, data: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        below: list[dict[str, Any]] = []
        for _ in range(1500):
            data = json.dumps({"manifests": below}).encode()
            digest = hashlib.sha256(data).hexdigest()
            put(f"blobs/sha256/{digest}", data)
            below = [{"mediaType": INDEX_TYPE, "digest": f"sha256:{digest}", "size": len(data)}]
        put("index.json", json.dumps({"manifests": below}).encode())
    assert "too deep" in answer(path, APP)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 2000,
        gzip.compress(b"x" * 100)[:-9],
        gzip.compress(b"x" * 2000)[:20] + b"\xff" * 40,
        b"\xfd7zXZ\0" + b"\xff" * 60,
        b"BZh9" + b"\xff" * 60,
    ],
    ids=["empty", "zeros", "cut", "gzip", "xz", "bzip2"],
)
def test_what_is_no_tar(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(data)
    assert "VES-534" in answer(path)


@pytest.mark.parametrize("text", [b"\xff", b"[" * 100_000, b"[]", b"1", b"NaN", b'{"a": 1'])
def test_what_is_no_index(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "app.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("index.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    assert "its index.json is not" in answer(path)


# As a pod would name it, and as containerd's own tools put it into a store.
@pytest.mark.parametrize(
    "name",
    ["registry.example/app:1.0", "registry:5000/a/b_c:v1", "localhost/app:1", "10.0.0.1:5000/a:1",
     "docker.io/library/app:1.0", "docker.io/me/app__x:1.0-rc.1"],
)  # fmt: skip
def test_full_names(name: str) -> None:
    assert is_full_name(name)


@pytest.mark.parametrize(
    "name",
    ["app", "app:1.0", "me/app:1.0", "registry.example/app", "registry:5000/app", "docker.io/app:1",
     "index.docker.io/library/app:1", "registry.example/App:1", f"registry.example/app:{'x' * 129}",
     "registry.example/app:", "registry.example/app:1\n", "registry.example:1.0"],
)  # fmt: skip
def test_names_that_no_pod_finds(tmp_path: Path, name: str) -> None:
    assert not is_full_name(name)
    path = tmp_path / "app.tar"

    def renamed(each: str, document: dict[str, Any]) -> Any:
        if each != "index.json":
            return document
        return replaced(document, ("manifests", 0, "annotations", NAME), name)

    write(path, renamed, platform=True)
    said = answer(path)
    assert f"it says only {name!r} of what its image is called" in said
    assert list(answer(path, APP)) == [APP]


def test_a_small_archive_fills_no_disk(tmp_path: Path) -> None:
    zeros = 1 << 30
    digest = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"  # of a GiB of zeros
    words = ["sh", "-c", 'head -c "$1" /dev/zero >"$3/$2" && tar -C "$3" -czf "$3.tar" --transform'
             ' "s,^,blobs/sha256/," "$2" && rm "$3/$2"', "sh", str(zeros), digest]  # fmt: skip
    (tmp_path / "made").mkdir()
    subprocess.run([*words, tmp_path / "made"], check=True)
    said = answer(tmp_path / "made.tar")
    assert "VES-534" in said and "unpacks to more than" in said
