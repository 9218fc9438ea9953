"""What a spec names beside itself stays beside it, whatever leads there."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.customize import (
    is_beside,
    is_inside,
)
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec


def spec_with(root: Path, place: Path, source: str) -> Path:
    text = (root / "specs/wasm-node.yml").read_text()
    assert "customize: {}" in text
    files = f"customize: {{files: [{{path: /etc/a, source: {source}}}]}}"
    place.mkdir(exist_ok=True)
    (place / "s.yml").write_text(text.replace("customize: {}", files))
    return place / "s.yml"


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "out/secret"])
def test_no_link_leads_out_of_the_specs_directory(root: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_text("mine")
    place = tmp_path / "spec"
    spec = spec_with(root, place, "a")
    (place / "out").symlink_to("..")
    (place / "a").symlink_to(target)
    with pytest.raises(VesselError, match=r"VES-213: .* leads out of the spec's directory"):
        load_spec(spec)


def test_a_link_within_it_is_followed(root: Path, tmp_path: Path) -> None:
    spec = spec_with(root, tmp_path, "a")
    (tmp_path / "held").write_text("ours")
    (tmp_path / "a").symlink_to("held")
    assert load_spec(spec).customize["files"][0]["source"] == "a"


@pytest.mark.parametrize(
    "source",
    [
        "-rf",
        "--help",
        "~/x",
        "/etc/passwd",
        "..",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        "a\nb",
        "",
        "a/..",
    ],
)
def test_what_is_no_path_beside_the_spec(source: str) -> None:
    assert not is_beside(source)


def test_what_is_one() -> None:
    assert is_beside("a") and is_beside("a/-b") and is_beside("a/b.c~")
    assert is_inside("/a/b") and not is_inside("a/b") and not is_inside("/")
    assert not is_inside("/a" * 2048)
