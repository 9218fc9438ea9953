"""Checks that today's choices cannot reach, and the documentation of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec import schema, validate
from ansible_collections.vessel.image.plugins.module_utils._spec.document import document
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import parse


def test_the_default_engine_is_one_of_the_runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs a second engine, so one is made available here."""
    rules = schema.SCHEMA["wasm"]["schema"]
    for choice in (rules["runtimes"]["schema"], rules["default"]):
        monkeypatch.setitem(choice, "allowed", ["wasmedge", "wasmtime"])
    text = b"wasm: {runtimes: [wasmedge], default: wasmtime}\n"
    [problem] = validate.conflicts(parse(text, "s.yml"))
    assert problem.code == "VES-212"
    assert str(problem.position) == "s.yml:1:39"
    assert not validate.conflicts(parse(text.replace(b"[", b"[wasmtime, "), "s.yml"))


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
