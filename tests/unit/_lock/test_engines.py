from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions import DISTRIBUTIONS
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._lock import engines, packages
from ansible_collections.vessel.image.plugins.module_utils._spec.schema import rules_at

DEBIAN = DISTRIBUTIONS["debian"]


def test_the_spec_knows_every_engine() -> None:
    assert rules_at(("wasm", "default"))["allowed"] == list(ENGINES)


def test_an_engine_brings_its_packages_and_no_other_does() -> None:
    for engine, wanted in (("wasmtime", True), ("wasmedge", False)):
        found = packages.node_packages(DEBIAN, "cloud", "amd64", [engine])
        assert ("libonnxruntime1.21" in found) is wanted


def test_the_role_is_told_what_it_lays_down_and_not_what_the_proof_knows() -> None:
    told = engines.for_role("wasmedge")
    assert [each["name"] for each in told["handlers"]] == ["wasmedge", "wasmedge-mixed"]
    assert set(told) == {"name", "overhead", "handlers", "needs"}
    assert all("limits" not in each for each in told["handlers"])
