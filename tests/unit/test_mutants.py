"""The table of planted faults fits the code; `tests/mutants/run.py` says what the tests notice."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import workspace

ROOMS = {
    "_common", "_disk", "_export", "_flow", "_lock", "_machine", "_oci", "_packer", "_plan",
    "_proof", "_report", "_spec", "_stages", "_store", "_tree", "_vessels", "_workloads",
}  # fmt: skip
# Of the table: what others edited today need not be planted anew at once.
STALE = 0.05


@pytest.fixture
def mutants(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", root / "tests/mutants/run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_faults_are_planted_in_every_room(mutants: ModuleType) -> None:
    found = {Path(m.file).relative_to(mutants.LIBRARY).parts[0]
             for m in mutants.read() if m.file.startswith(mutants.LIBRARY)}  # fmt: skip
    assert found >= ROOMS
    rust = [m for m in mutants.read() if m.file.startswith(mutants.RUST)]
    assert {m.file.startswith(f"{mutants.RUST}krustlet/") for m in rust} == {True, False}
    assert len(rust) >= 25
    assert len(mutants.read()) >= 100


def test_the_table_fits_the_code(root: Path, mutants: ModuleType) -> None:
    planted, wrong = mutants.read(), []
    for mutant in planted:
        try:
            mutants.mutated((root / mutant.file).read_text(), mutant)
        except (OSError, mutants.Misplanted) as error:
            wrong.append(str(error))
    assert len(wrong) <= STALE * len(planted), "\n".join(wrong)
    assert len({mutant.key for mutant in planted}) == len(planted)


@pytest.mark.parametrize("text", ["", "a a", "b"])
def test_what_is_not_there_exactly_once_is_refused(mutants: ModuleType, text: str) -> None:
    fault = mutants.Mutant("r", "f", "a", "c", "why")
    assert mutants.mutated("x a y", fault) == "x c y"
    with pytest.raises(mutants.Misplanted, match="not once"):
        mutants.mutated(text, fault)


def test_a_fault_dies_by_a_test_and_survives_without(tmp_path: Path, mutants: ModuleType) -> None:
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone/m.py").write_text("def f():\n    return 1\n")
    (tmp_path / "clone/test_m.py").write_text("import m\ndef test_f():\n    assert m.f()\n")
    planted = [
        mutants.Mutant("r", "m.py", "return 1", new, "", ("test_m.py",))
        for new in ("return 0", "return 2")
    ]
    (first, noticed), (second, nothing) = mutants.run(tmp_path / "clone", planted, False)
    assert (first, second) == tuple(planted)
    assert "test_f" in noticed and nothing == ""
    assert (tmp_path / "clone/m.py").read_text() == "def f():\n    return 1\n"


def test_known_dead_are_not_run_again(tmp_path: Path, mutants: ModuleType) -> None:
    results = tmp_path / "results"
    assert mutants.known_dead(results) == {}
    results.write_text('{"key": "a", "by": "t"}\n{"key": "b", "by": ""}\n')
    assert mutants.known_dead(results) == {"a": "t"}


def test_a_fault_in_rust_is_tested_with_its_crate(root: Path, mutants: ModuleType) -> None:
    members = workspace(root / mutants.RUST)
    for package, place in members.items():
        fault = mutants.Mutant("rust", f"{mutants.RUST}{place}src/main.rs", "a", "b", "why")
        (words,) = mutants.tests_of(fault, root, True)
        # The other member has no library and no test programs of its own.
        of_all = {"--bin": ["--bin", package], "--lib": ["--lib", "--test", "*"]}
        assert list(words) == of_all["--bin" if place else "--lib"]
        assert (root / mutants.RUST / place / "src/lib.rs").exists() == (not place)
        assert (root / mutants.RUST / place / "tests").exists() == (not place)
