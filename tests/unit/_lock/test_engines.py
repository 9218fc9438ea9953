from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.vessel.image.plugins.module_utils._lock import engines, packages
from ansible_collections.vessel.image.plugins.module_utils._spec.schema import rules_at


def test_spec_role_and_packages_know_the_same_engines(root: Path) -> None:
    variables = root / "roles/wasm_runtimes/vars/main.yml"
    handlers = yaml.safe_load(variables.read_text(encoding="utf-8"))["wasm_runtimes_handlers"]
    assert {name: tuple(each) for name, each in handlers.items()} == engines.HANDLERS
    assert set(rules_at(("wasm", "default"))["allowed"]) == set(engines.HANDLERS)
    assert set(packages.ENGINE_PACKAGES) <= set(engines.HANDLERS)
    assert set(engines.SHIMS) == {"wasmtime", "wasmer"}


def test_an_engine_brings_its_packages_and_no_other_does() -> None:
    assert "libonnxruntime1.21" in packages.node_packages("cloud", ["wasmtime"])
    assert "libonnxruntime1.21" not in packages.node_packages("cloud", ["wasmedge"])
