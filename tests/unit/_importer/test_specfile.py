"""The text of a spec: as those that are shipped, and in the order of the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._importer import specfile
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from unit._importer.given import ROOT, VERSION, given

# What `specs/wasm-node.yml` says.
SHIPPED: dict[str, Any] = {
    "kubernetes": {"version": "1.36.3"},
    "container_runtime": {"containerd": "2.4.2"},
}


def test_it_is_the_shipped_one_but_for_where_it_comes_from() -> None:
    text = specfile.text("wasm-node", SHIPPED, "../docs/spec.schema.json")
    shipped = (ROOT / "specs/wasm-node.yml").read_text()
    assert text.replace(f"# {specfile.ORIGIN}\n", "") == shipped


def test_any_text_reads_back_as_it_was(tmp_path: Path) -> None:
    spec = {
        **SHIPPED,
        "customize": {
            "kernel_arguments": ["yes", "1.30", "0755", "a=b:c,d", "~", "!x", "=", "@a", "%b"],
            "packages": [f"package-{number}" for number in range(60)],
        },
    }
    path = tmp_path / "my-node.yml"
    path.write_text(specfile.text("my-node", spec, ""))
    assert max(map(len, path.read_text().splitlines())) <= 100
    assert list(yaml.safe_load(path.read_text())["customize"]) == ["packages", "kernel_arguments"]
    read = load_spec(path).customize
    assert read["kernel_arguments"] == spec["customize"]["kernel_arguments"]
    assert read["packages"] == spec["customize"]["packages"]


@pytest.mark.parametrize("kernel", ["cloud", "generic"])
def test_the_other_kernel_is_named(kernel: str) -> None:
    text = specfile.text("my-node", {**SHIPPED, "operating_system": {"kernel": kernel}}, "")
    [line] = [line for line in text.splitlines() if "kernel:" in line]
    other = {"cloud": "generic", "generic": "cloud"}[kernel]
    assert line == f"{'  kernel: ' + kernel:<27}# or: {other}"


def test_what_is_missing_stands_where_it_belongs() -> None:
    lines = specfile.text("my-node", {}, "").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("# kubernetes:"))
    assert "missing" in lines[at]
    filled = "\n".join(line.removeprefix("# ").removeprefix("#") if at <= number <= at + 1 else line
                       for number, line in enumerate(lines))  # fmt: skip
    assert yaml.safe_load(filled)["kubernetes"] == {"version": "1.36.3"}


def test_the_schema_is_named_in_the_clone_only(tmp_path: Path, cache: Path) -> None:
    assert "yaml-language-server" not in given(tmp_path, VERSION).text
