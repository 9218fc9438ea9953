"""Choices that do not go together, and the documentation of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec import schema, validate
from ansible_collections.vessel.image.plugins.module_utils._spec.document import document
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import parse


def test_the_default_engine_is_one_of_the_runtimes() -> None:
    text = b"wasm: {runtimes: [wasmedge], default: wasmtime}\n"
    [problem] = validate.conflicts(parse(text, "s.yml"))
    assert problem.code == "VES-212"
    assert str(problem.position) == "s.yml:1:39"
    assert not validate.conflicts(parse(text.replace(b"[", b"[wasmtime, "), "s.yml"))


@pytest.mark.parametrize(
    ("wasm", "default"),
    [("", "wasmedge"), ("{runtimes: [wasmtime, wasmedge]}", "wasmtime")],
)
def test_without_a_default_engine_it_is_the_first(wasm: str, default: str) -> None:
    document = parse(f"wasm: {wasm or '{}'}\n".encode(), "s.yml")
    assert validate.completed(document)["wasm"]["default"] == default


def test_containerd_1_is_refused_with_every_kubernetes() -> None:
    text = 'kubernetes: {version: "1.35.1"}\ncontainer_runtime: {containerd: "1.7.1"}\n'
    [problem] = validate.conflicts(parse(text.encode(), "s.yml"))
    assert problem.code == "VES-208"


def test_every_field_is_explained() -> None:
    for path, rules in schema.fields():
        assert rules["meta"]["about"].endswith("."), path
        assert rules == schema.rules_at(path)


def test_the_page_is_current(root: Path) -> None:
    assert (root / "docs/spec.md").read_text() == document(), "make it again: see document.py"
