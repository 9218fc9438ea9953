"""Module zips: the checksum that Go itself computes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import modulezip
from ansible_collections.vessel.image.plugins.module_utils._lock.modulezip import checksum, unpack

FILES = {"go.mod": "module example.com/m\n", "bin/go": "package m\n"}
# `go mod download -json` gave this sum for go.mod and m.go with the two contents above.
GO_SAYS = "h1:KP0bpXpnwoSdz1F9j6xB69FqX2v64vo0dVoxf4hSb/4="


def make_zip(path: Path, files: dict[str, str]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_the_checksum_is_gos_and_ignores_order(tmp_path: Path) -> None:
    files = {f"example.com/m@v1.2.3/{name}": text for name, text in FILES.items()}
    files["example.com/m@v1.2.3/m.go"] = files.pop("example.com/m@v1.2.3/bin/go")
    assert checksum(make_zip(tmp_path / "a.zip", files)) == GO_SAYS
    assert checksum(make_zip(tmp_path / "b.zip", dict(reversed(files.items())))) == GO_SAYS


def test_unpack_drops_the_prefix_and_sets_modes(tmp_path: Path) -> None:
    files = {f"example.com/m/v2@v2.0.0/{name}": text for name, text in FILES.items()}
    archive = make_zip(tmp_path / "m.zip", files)
    out = tmp_path / "out"
    out.mkdir()
    unpack(archive, checksum(archive), out, ("bin/",))
    assert {
        p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file()
    } == (FILES)
    assert (out / "bin/go").stat().st_mode & 0o777 == 0o755
    assert not (out / "go.mod").stat().st_mode & 0o111


def test_another_checksum_unpacks_nothing(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "m.zip", {"example.com/m@v1.2.3/go.mod": "module evil\n"})
    with pytest.raises(VesselError, match="VES-324") as error:
        unpack(archive, GO_SAYS, tmp_path / "out")
    assert GO_SAYS in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    ["no-version/go.mod", "m@v1/", "m@v1/../../etc/passwd", "m@v1//etc/passwd", "m@v1/a/../../b"],
)
def test_names_that_leave_the_directory(tmp_path: Path, name: str) -> None:
    archive = make_zip(tmp_path / "m.zip", {name: ""})
    with pytest.raises(VesselError, match="VES-324"):
        unpack(archive, checksum(archive), tmp_path / "out")


def test_not_a_zip(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_text("<html>")
    with pytest.raises(VesselError, match="VES-324"):
        unpack(tmp_path / "m.zip", GO_SAYS, tmp_path)


def test_a_small_zip_fills_no_disk_and_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.zip"
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name in ("a", "b"):
            archive.writestr(f"example.com/m@v1.0.0/{name}", bytes(1 << 20))
    assert path.stat().st_size < 1 << 13
    monkeypatch.setattr(modulezip, "LARGEST", (2 << 20) - 1)
    with pytest.raises(VesselError, match=r"VES-324: .*bomb.zip .*it unpacks to 2097152 bytes"):
        modulezip.unpack(path, "h1:x", tmp_path)
    monkeypatch.setattr(modulezip, "LARGEST", 2 << 20)
    with pytest.raises(VesselError, match=r"VES-324: .* has the checksum h1:"):
        modulezip.unpack(path, "h1:x", tmp_path)
