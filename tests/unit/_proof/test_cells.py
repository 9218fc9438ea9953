from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof import cells
from ansible_collections.vessel.image.plugins.module_utils._proof.cells import Cell, Seen
from ansible_collections.vessel.image.plugins.module_utils._proof.model import reference

NOW = 1_800_000_000.0
PLAIN = {cell.name: cell for cell in cells.plain("cells-x")}
UNUSUAL = {cell.name: cell for cell in cells.unusual()}
DIGITS = "8dd38a11c220bfd03603e51674518ebf"


def seen(log: str, status: int = 0, told: str = "") -> Seen:
    return Seen(status, log, told, NOW)


GOOD = [
    ("output", seen("on error\non output\n")),
    ("arguments", seen("a b\n\n--flag=c\n")),
    ("environment", seen("value=with=signs\ncells-x\nunset\n")),
    ("exit", seen("", 42)),
    ("trap", seen("before\ntrapped: unreachable\n", 134)),
    ("volume", seen("kept\ncells-x\n")),
    ("devices", seen(cells.DEVICES)),
    ("clock", seen("1800000007 goes on\n")),
    ("random", seen(f"{DIGITS} {DIGITS[::-1]}\n")),
    ("memory-limit", seen("", 137, "OOMKilled")),
]
BAD = [
    ("output", seen("on output\n")),
    ("arguments", seen("a\nb\n\n--flag=c\n")),
    ("environment", seen("value\ncells-x\nunset\n")),
    ("exit", seen("", 0)),
    ("trap", seen("before\n", 134)),
    ("trap", seen("before\nunreachable\n", 0)),
    ("volume", seen("kept\n", 1)),
    ("devices", seen(cells.DEVICES.replace("No space left on device", "written"))),
    ("clock", seen("1800000007 stands still\n")),
    ("clock", seen("0 goes on\n")),
    ("random", seen(f"{DIGITS} {DIGITS}\n")),
    ("random", seen(f"{'0' * 32} {DIGITS}\n")),
    ("memory-limit", seen("300 MiB\n", 0)),
    ("memory-limit", seen("", 1, "Error")),
]


def test_every_plain_cell_has_its_case() -> None:
    assert [name for name, _ in GOOD] == list(PLAIN)
    assert {name for name, _ in BAD} == set(PLAIN)


@pytest.mark.parametrize(("name", "found"), GOOD)
def test_what_is_good(name: str, found: Seen) -> None:
    assert PLAIN[name].good(found)


@pytest.mark.parametrize(("name", "found"), BAD)
def test_what_is_bad(name: str, found: Seen) -> None:
    assert not PLAIN[name].good(found)


@pytest.mark.parametrize(
    ("name", "log", "told"),
    [
        ("no-wasm", "cannot run: /app.wasm: this is not WebAssembly: it begins with", ""),
        ("old-wasi", "unknown import: `wasi_unstable::proc_exit`", ""),
        ("no-import", "", "StartError: unknown import vessel::absent"),
    ],
)
def test_a_cause_is_in_the_log_or_in_the_events(name: str, log: str, told: str) -> None:
    assert UNUSUAL[name].good(seen(log, 126, told))
    assert not UNUSUAL[name].good(seen(log, 0, told)), "it ran"
    assert not UNUSUAL[name].good(seen("cannot run", 126, "Error"))


def model(name: str) -> Cell:
    return cells.models([[1.0, 2.0, 3.0, -0.5]])[name][0]


def test_a_model_is_compared_with_the_reference() -> None:
    right = reference([1.0, 2.0, 3.0, -0.5])
    for name in ("tvm", "nn"):
        cell = model(name)
        assert cell.good(seen("".join(f"{value:.9g}\n" for value in right)))
        assert not cell.good(seen("".join(f"{value + 2e-5:.9g}\n" for value in right)))
        assert not cell.good(seen("0\n0\n")), "what zeroed weights give"
        assert not cell.good(seen(f"{right[0]}\n"))
        assert not cell.good(seen("Error: no weights\n", 1))
        assert cell.container["args"] == ["1.0", "2.0", "3.0", "-0.5"]
