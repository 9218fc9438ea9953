"""The vendor's bundle is read, and what is none is refused."""

from __future__ import annotations

import copy
import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export.release import vendor
from unit._export.release.told import OTHER, PACKAGES, VENDORS, bundled


@pytest.mark.parametrize("name", ["./config/Tkr.yml", "config/a/TanzuKubernetesRelease.yaml"])
def test_a_bundle(tmp_path: Path, name: str) -> None:
    bundle = bundled(tmp_path / "b.tar.gz", OTHER, VENDORS, name=name)
    found = vendor.read(bundle, "v1.36.3")
    assert found.kubernetes["version"] == "v1.36.3+vmware.2"
    assert found.packages == PACKAGES


def test_a_bundle_of_another_kubernetes(tmp_path: Path) -> None:
    bundle = bundled(tmp_path / "b.tar.gz", VENDORS)
    with pytest.raises(
        VesselError, match=r"VES-892: .* Kubernetes v1\.36\.3\+vmware\.2, .*1\.36\n"
    ):
        vendor.read(bundle, "v1.36")


def changed(path: str, value: Any) -> Any:
    """The vendor's release with another value at `path`; None takes the key out."""
    found = copy.deepcopy(VENDORS)
    at, *steps = found, *path.split(".")
    for step in steps[:-1]:
        at = at[step]
    if value is None:
        del at[steps[-1]]
    else:
        at[steps[-1]] = value
    return found


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        ([], "has 0 objects"),
        ([OTHER], "has 0 objects"),
        ([VENDORS, VENDORS], "has 2 objects"),
        ([["a list"], "text", 7], "has 0 objects"),
        ([changed("spec", None)], "another form: 'spec'"),
        ([changed("spec", "text")], "another form"),
        ([changed("spec.kubernetes.version", None)], "another form: 'version'"),
        ([changed("spec.bootstrapPackages", None)], "another form"),
        ([changed("spec.bootstrapPackages", ["antrea"])], "another form"),
        ([changed("spec.bootstrapPackages", 7)], "another form"),
    ],
)
def test_what_has_no_release(tmp_path: Path, documents: list[Any], why: str) -> None:
    bundle = bundled(tmp_path / "b.tar.gz", *documents)
    with pytest.raises(VesselError, match="VES-891") as caught:
        vendor.read(bundle, "v1.36.3")
    assert why in str(caught.value)


def test_releases_elsewhere_in_it_do_not_count(tmp_path: Path) -> None:
    bundle = bundled(tmp_path / "b.tar.gz", VENDORS, name="./packages/config/tkr.yml")
    with pytest.raises(VesselError, match="has 0 objects"):
        vendor.read(bundle, "v1.36.3")


@pytest.mark.parametrize(
    "data", [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"a" * 99)[:-9]]
)
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    bundle = tmp_path / "b.tar.gz"
    bundle.write_bytes(data)
    with pytest.raises(VesselError, match="VES-891"):
        vendor.read(bundle, "v1.36.3")


def test_an_archive_that_ends_early(tmp_path: Path) -> None:
    bundle = bundled(tmp_path / "b.tar.gz", VENDORS)
    bundle.write_bytes(bundle.read_bytes()[:-40])
    with pytest.raises(VesselError, match="VES-891"):
        vendor.read(bundle, "v1.36.3")


@pytest.mark.parametrize("text", [b"kind: [", b"kind: a\0b", b"\xff", b"[" * 100_000], ids=range(4))
def test_a_file_that_is_no_yaml(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(VesselError, match=r"VES-891: .* cannot be read"):
        vendor.read(with_text(tmp_path / "b.tar.gz", text), "v1.36.3")


def with_text(bundle: Path, text: bytes) -> Path:
    """A bundle with a file of this text, which need not be YAML."""
    with tarfile.open(bundle, "w:gz") as archive:
        member = tarfile.TarInfo("config/tkr.yml")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return bundle


def release_with(tag: str) -> bytes:
    return (
        "kind: TanzuKubernetesRelease\nspec:\n  bootstrapPackages: []\n"
        f"  kubernetes: &all {{version: v1.36.3, pause: {{imageTag: {tag}}}}}\n"
    ).encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3.10", "3.10"),
        ("2026-99-99", "2026-99-99"),
        ('!!int ""', ""),
        ("!!timestamp soon", "soon"),
        (f"0x{'f' * 9000}", f"0x{'f' * 9000}"),
    ],
    ids=range(5),
)
def test_a_tag_is_a_text_however_it_looks(tmp_path: Path, written: str, read: str) -> None:
    bundle = with_text(tmp_path / "b.tar.gz", release_with(written))
    assert vendor.read(bundle, "v1.36.3").kubernetes["pause"] == {"imageTag": read}


def test_a_release_that_is_in_itself(tmp_path: Path) -> None:
    bundle = with_text(tmp_path / "b.tar.gz", release_with("*all"))
    with pytest.raises(VesselError, match=r"VES-891: .* cannot be read"):
        vendor.read(bundle, "v1.36.3")


def test_a_link_to_nothing(tmp_path: Path) -> None:
    bundle = tmp_path / "b.tar.gz"
    with tarfile.open(bundle, "w:gz") as archive:
        member = tarfile.TarInfo("config/tkr.yml")
        member.type, member.linkname = tarfile.SYMTYPE, "none"
        archive.addfile(member)
    with pytest.raises(VesselError, match=r"VES-891: .* cannot be read"):
        vendor.read(bundle, "v1.36.3")


def test_an_archive_with_a_bad_place(tmp_path: Path) -> None:
    data = bytearray(bundled(tmp_path / "b.tar.gz", VENDORS).read_bytes())
    for at in range(20, len(data) - 8, 7):
        bundle = tmp_path / "bad.tar.gz"
        bundle.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            vendor.read(bundle, "v1.36.3")
        except VesselError as error:
            assert "VES-89" in str(error)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "MOST_BYTES", 20)
    with pytest.raises(VesselError, match=r"VES-891: .*TanzuKubernetesRelease\.yml with "):
        vendor.read(bundled(tmp_path / "b.tar.gz", VENDORS), "v1.36.3")
