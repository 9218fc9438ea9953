"""What a whole proof of an image needs follows from what is on the image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._kinds.vessels import VESSELS
from ansible_collections.vessel.image.plugins.module_utils._proof import sequence
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import phases, required
from unit._proof.exported import exported


def names(*given: object, **more: object) -> dict[str, tuple[str, ...]]:
    return {phase.name: names for phase, names in phases(exported(*given, **more)).items()}  # type: ignore[arg-type]


def test_phases_follow_a_guests_life() -> None:
    assert list(names()) == ["image", "bios", "node", "cluster", "pods", "matrix", "krustlet",
                             "hostile", "hostile-krustlet"]  # fmt: skip
    assert names()["bios"] == ("console.login",)


def test_every_engine_and_handler_runs_pods_in_both_boots() -> None:
    needed = set(required(exported()))
    for engine in ENGINES.values():
        for name in (*(handler.name for handler in engine.handlers), f"{engine.name}.trap"):
            assert {f"pods/1/wasm.{name}", f"pods/2/wasm.{name}"} <= needed


def test_engines_take_their_turns_in_the_specs_order() -> None:
    wasm = [name for name in names(["wasmtime", "wasmedge"])["pods"] if name.startswith("wasm.")]
    assert wasm == [
        *("wasm.wasmtime", "wasm.wasmtime.trap", "wasm.wasmtime.nn"),
        *("wasm.wasmedge", "wasm.wasmedge-mixed", "wasm.wasmedge.trap"),
        "wasm.krustlet",
    ]


def test_nobody_promised_inference_of_a_released_shim() -> None:
    own, others = (required(exported(["wasmtime"], given)) for given in ([], ["wasmtime"]))
    assert set(own) - set(others) == {"pods/1/wasm.wasmtime.nn", "pods/2/wasm.wasmtime.nn"}


def test_what_engines_can_do_is_no_part_of_an_images_own_proof() -> None:
    assert "matrix.wasmedge.exit" in names()["matrix"]
    assert "matrix.krustlet.exit" in names()["krustlet"]
    assert not [key for key in required(exported()) if key.startswith(("matrix/", "krustlet/"))]


def test_an_image_with_krustlet_is_proved_to_have_it() -> None:
    with_it, without = names(["wasmedge"]), names(["wasmedge"], krustlet=False)
    changed = {phase for phase in with_it if with_it[phase] != without.get(phase)}
    assert changed == {"node", "cluster", "pods", "krustlet", "hostile-krustlet"}
    assert {"cluster/1/krustlet.joins", "pods/2/wasm.krustlet"} <= set(
        required(exported(["wasmedge"]))
    )


def test_the_image_itself_is_looked_at_first_and_last() -> None:
    needed = required(exported())
    assert needed[0] == "image/0/image.sums"
    assert needed[-1] == "pods/2/image.unchanged"


def test_a_vessel_says_which_phases_its_proof_has(monkeypatch: pytest.MonkeyPatch) -> None:
    of = exported(["wasmedge"])
    planted = {of.vessel: replace(VESSELS[of.vessel], phases=("image", "node"))}
    assert {phase.name for phase in phases(of)} > {"image", "node"}
    monkeypatch.setattr(sequence, "VESSELS", planted)
    assert [phase.name for phase in phases(of)] == ["image", "node"]
