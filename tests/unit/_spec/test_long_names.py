"""Names that no file can have are told with their line; the longest that one can have are taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec

ROOT_OF = "\ncustomize:"


def spec(root: Path, directory: Path, customize: str) -> Path:
    text = (root / "specs/wasm-node.yml").read_text()
    file = directory / "a.yml"
    file.write_text(f"{text[: text.index(ROOT_OF)]}{ROOT_OF}\n  {customize}\n")
    return file


@pytest.mark.parametrize("name", ["a" * 255, "ö" * 127, "/".join(["a" * 255] * 15)])
def test_the_longest(root: Path, tmp_path: Path, name: str) -> None:
    load_spec(spec(root, tmp_path, f"files: [{{path: /opt/{name}, content: x}}]"))


@pytest.mark.parametrize("name", ["a" * 256, "ö" * 128, "b/" + "a" * 256, "€/" * 2000])
@pytest.mark.parametrize(
    "customize",
    [
        "files: [{path: /opt/NAME, content: x}]",
        "files: [{path: /opt/x, source: NAME}]",
        "directories: [{path: /opt/NAME}]",
        "certificates: [NAME]",
        "roles: {before: [NAME]}",
        "images: [{archive: NAME}]",
        "units: {enabled: [NAME.service]}",
    ],
)
def test_too_long(root: Path, tmp_path: Path, customize: str, name: str) -> None:
    with pytest.raises(VesselError, match=r"a\.yml:\d+:\d+: VES-210: "):
        load_spec(spec(root, tmp_path, customize.replace("NAME", name.rstrip("/"))))


def test_too_long_with_the_specs_directory(root: Path, tmp_path: Path) -> None:
    source = "/".join(["b" * 200] * 20 + ["b" * 60])
    with pytest.raises(VesselError, match=r"VES-213: .* cannot be looked at: File name too long"):
        load_spec(spec(root, tmp_path, f"files: [{{path: /opt/x, source: {source}}}]"))
