"""A check is found by its file, and runs in the place that it says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._proof import (
    check,
    context,
    phases,
    prove,
    sequence,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.subjects import engines
from unit._proof.exported import exported

CONTEXT = context.Context(exported(["wasmtime", "wasmer"], krustlet=False), Path())

NODE = phases.NODE.at(8999)


def fault(context: context.Context) -> check.Verdict:
    """A check with a fault of its own."""
    return check.good({}["nothing"])


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks behind all others of the phase `pods`; of each engine, two that share a place."""
    check.found()
    for name in list(check._FOUND):
        monkeypatch.setitem(check._FOUND, name, check._FOUND[name])

    def plant(name: str, *places: check.Place, step: bool = False) -> None:
        def run(context: context.Context, *subject: str) -> check.Verdict:
            if step:
                raise VesselError.of("VES-999", "it broke", "line one\nline two")
            return check.good(" ".join(["well", *subject]))

        monkeypatch.setitem(check._FOUND, name, check.Check(name, run, step, places))

    plant("t.{}.last", phases.PODS.at(9000, 2, of=engines))
    plant("t.{}.first", phases.PODS.at(9000, 1, of=engines))
    plant("t.step", phases.PODS.at(9010), step=True)
    monkeypatch.setitem(check._FOUND, "t.fault", check.Check("t.fault", fault, False, (NODE,)))
    plant("t.good", phases.PODS.at(9020), phases.NODE.at(9000))


def test_a_failed_step_ends_the_run_and_tells_why(planted: None) -> None:
    (result,) = sequence.run_checks(CONTEXT, ["t.step", "t.good"], "node")
    assert not result.passed
    assert result.actual == "it broke"
    assert result.lines == ("line one", "line two")
    assert "line two" in prove.failure([result])


def test_a_fault_of_a_check_is_its_failure_and_hides_no_other(planted: None) -> None:
    faulty, good = sequence.run_checks(CONTEXT, ["t.fault", "t.good"], "node")
    assert (faulty.passed, faulty.actual) == (False, "KeyError: 'nothing'")
    assert "in fault" in "\n".join(faulty.lines)
    assert good.passed


def test_none_of_is_green_for_nothing_only() -> None:
    assert check.none_of("trace", []).passed
    found = check.none_of("trace", [str(number) for number in range(9)])
    assert not found.passed
    assert (found.expected, found.actual) == ("no trace", "0, 1, 2, 3, 4, 5, 6, 7 and 1 more")
    assert not check.compare("a", "b").passed and check.compare("a", "a").passed


def test_results_carry_phase_and_boot(planted: None) -> None:
    (result,) = sequence.run_checks(CONTEXT, ["t.good"], "image")
    assert result.key == "image/0/t.good"


def test_checks_of_one_place_take_turns_by_their_subject(planted: None) -> None:
    names = sequence.names_of(CONTEXT.exported, "pods")
    turns = ("t.wasmtime.first", "t.wasmtime.last", "t.wasmer.first", "t.wasmer.last")
    assert names[-6:] == (*turns, "t.step", "t.good")
    assert sequence.names_of(CONTEXT.exported, "node")[-1] == "t.good"
    (result,) = sequence.run_checks(CONTEXT, ["t.wasmer.last"], "pods")
    assert (result.name, result.actual) == ("t.wasmer.last", "well wasmer")


@pytest.mark.parametrize("name", ["no.such", "wasm.wasmedge"])
def test_a_check_that_the_image_has_not_is_an_error(name: str) -> None:
    with pytest.raises(VesselError, match=f"VES-807: there is no check {name}\n.*There are: "):
        sequence.run_checks(CONTEXT, [name], "node")


def test_a_phase_that_the_image_has_not_is_an_error() -> None:
    with pytest.raises(VesselError, match=r"VES-807: there is no phase krustlet\n.*image, bios"):
        sequence.names_of(CONTEXT.exported, "krustlet")


def test_no_two_checks_claim_one_place() -> None:
    keys: dict[tuple[int, ...], str] = {}
    for step in sequence.steps(exported()):
        where = (*step.key, hash(step.subject.name))
        assert step.name == keys.setdefault(where, step.name), "two checks have this place"


CHECK = """
from ..check import Verdict, check, good
from ..context import Context
from ..phases import NODE
from ..subjects import handlers

@check("new.{}", NODE.at(125, of=handlers))
def new(context: Context, handler: str) -> Verdict:
    return good(handler)
"""
ENGINE = """
from ..engine import Engine, Handler
from ..program import RustCrate

KIND = Engine(
    title="Fresh",
    handlers=(Handler("fresh", "A new engine.", "io.containerd.fresh.v1"),),
    overhead="1Mi",
    released="shim",
    http="wasix",
    shim=RustCrate(package="p", binary="shim", known_by="p"),
    wasi_nn=True,
)
"""
ASK = """
import sys
from unit._proof.exported import exported
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import phases, required
image = exported(sys.argv[1:], krustlet=False)
print(*(name for names in phases(image).values() for name in names))
print(*required(image))
"""


def asked(root: Path, place: Path, file: str, text: str, engine: str) -> tuple[list[str], ...]:
    """The names of an image's checks, and what its proof requires, of a library with one more
    file."""
    copy = place / "ansible_collections/vessel/image/plugins"
    shutil.copytree(root / "plugins", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "module_utils" / file).write_text(text)
    said = subprocess.run(
        [sys.executable, "-c", ASK, engine],
        env={"PYTHONPATH": f"{place}:{root / 'tests'}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(line.split() for line in said.splitlines())


def test_a_new_check_is_one_new_file(root: Path, tmp_path: Path) -> None:
    names, needed = asked(root, tmp_path, "_proof/node/new.py", CHECK, "wasmedge")
    first = names.index("new.wasmedge")
    assert names[first - 1 : first + 3] == [
        *("node.preload", "new.wasmedge", "new.wasmedge-mixed", "node.oci_runtime")
    ]
    assert "node/1/new.wasmedge-mixed" in needed


def test_a_new_engine_is_proved_by_its_file_alone(root: Path, tmp_path: Path) -> None:
    names, needed = asked(root, tmp_path, "_kinds/engines/fresh.py", ENGINE, "fresh")
    assert {"node.shims", "matrix.fresh.exit", "matrix.fresh.http"} <= set(names)
    for name in ("wasm.fresh", "wasm.fresh.trap", "wasm.fresh.nn"):
        assert {f"pods/1/{name}", f"pods/2/{name}"} <= set(needed)
    assert "node.oci_runtime" not in names
