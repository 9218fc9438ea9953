from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import cells
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Cell, Seen
from ansible_collections.vessel.image.plugins.module_utils._workloads.onnx import reference

NOW = 1_800_000_000.0
PLAIN = {cell.name: cell for cell in cells.plain("cells-x")}
UNUSUAL = {cell.name: cell for cell in cells.unusual()}
DIGITS = "8dd38a11c220bfd03603e51674518ebf"


def seen(log: str, status: int = 0, told: str = "") -> Seen:
    return Seen(status, log, told, NOW)


UNREACHED = "memory /proc/self/maps: No such file\ndescriptors /proc/self/fd: No such file\n"
HELD = "write /new: Read-only file system\nkept\nread /of-root: Permission denied\n"
GOOD = [
    ("output", seen("on error\non output\n")),
    ("arguments", seen("a b\n\n--flag=c\n")),
    ("environment", seen("value=with=signs\ncells-x\nunset\n")),
    ("exit", seen("", 42)),
    ("trap", seen("before\ntrapped: unreachable\n", 134)),
    ("trap", seen("trapped: unreachable\nerror\nbefore\n", 134)),
    ("volume", seen("kept\n")),
    ("projected", seen("cells-x\n")),
    ("clock", seen("1800000007 goes on\n")),
    ("random", seen(f"{DIGITS} {DIGITS[::-1]}\n")),
    ("devices", seen(cells.DEVICES)),
    ("memory-limit", seen("", 137)),
    ("oom", seen("", 137, "OOMKilled")),
    ("oom", seen("memory: 300 MiB more … come to the container's limit of 128 MiB\n", 137)),
    ("message", seen("", 0, "Completed\nwhy it ended\n")),
    ("fallback", seen("", 134, "Error\nbefore\ntrapped: unreachable\n")),
    ("hardened", seen(HELD)),
    ("hardened", seen("read /of-root: Operation not permitted\nwrite /new: I/O error\nkept\n")),
    ("memory-file", seen(UNREACHED)),
]
BAD = [
    ("memory-file", seen("")),
    ("memory-file", seen(UNREACHED, 1)),
    ("memory-file", seen(UNREACHED.splitlines()[0] * 2)),
    ("memory-file", seen("/proc/self/mem: 8 read, 8 written\ndescriptor 0 /dev/null\n")),
    ("memory-file", seen(UNREACHED.replace("descriptors /proc/self/fd", "descriptor 0"))),
    ("output", seen("on output\n")),
    ("arguments", seen("a\nb\n\n--flag=c\n")),
    ("environment", seen("value\ncells-x\nunset\n")),
    ("exit", seen("", 0)),
    ("trap", seen("before\n", 134)),
    ("trap", seen("trapped: unreachable\n", 134)),
    ("trap", seen("before\nunreachable\n", 0)),
    ("volume", seen("kept\n", 1)),
    ("projected", seen("read /about/name: I/O error\n", 1)),
    ("devices", seen(cells.DEVICES.replace("No space left on device", "written"))),
    ("clock", seen("1800000007 stands still\n")),
    ("clock", seen("0 goes on\n")),
    ("random", seen(f"{DIGITS} {DIGITS}\n")),
    ("random", seen(f"{'0' * 32} {DIGITS}\n")),
    ("memory-limit", seen("300 MiB\n", 0)),
    ("memory-limit", seen("300 MiB\n", 137)),
    ("memory-limit", seen("cannot run: this is not WebAssembly\n", 126)),
    ("oom", seen("", 137, "Error")),
    ("message", seen("why it ended\n", 0, "Completed\n")),
    ("fallback", seen("before\ntrapped: unreachable\n", 134, "Error\n")),
    ("fallback", seen("", 134, "Error\ntrapped: unreachable\n")),
    ("hardened", seen("root's\nkept\nwrite /new: Read-only file system\n")),
    ("hardened", seen("read /of-root: Permission denied\nkept\n")),
    ("hardened", seen("read /of-root: No such file or directory\nwrite /new: I/O error\nkept\n")),
    ("hardened", seen(HELD, 1)),
]


def test_every_plain_cell_has_its_case() -> None:
    assert list(dict.fromkeys(name for name, _ in GOOD)) == list(PLAIN)
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


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("no-suffix", seen("without a suffix\n"), seen("exec format error\n", 1)),
        ("terminal", seen("a terminal\n"), seen("none\n")),
    ],
)
def test_what_not_every_engine_knows(name: str, good: Seen, bad: Seen) -> None:
    assert UNUSUAL[name].good(good) and not UNUSUAL[name].good(bad)


INPUTS = [[1.0, 2.0, 3.0, -0.5], [0.0, 0.0, 0.0, 0.0]]
RIGHT = [value for values in INPUTS for value in reference(values)]


def lines(values: list[float]) -> str:
    return "".join(f"{value:.9g}\n" for value in values)


@pytest.mark.parametrize("cell", cells.models(INPUTS), ids=lambda cell: str(cell.name))
def test_a_model_is_compared_with_the_reference(cell: Cell) -> None:
    assert cell.good(seen(lines(RIGHT)))
    assert cell.good(seen(f"Schema error: one\n\n{lines(RIGHT)}"))
    assert not cell.good(seen(lines([RIGHT[0] + 2e-5, *RIGHT[1:]])))
    assert not cell.good(seen("0\n0\n0\n0\n")), "what zeroed weights give"
    assert not cell.good(seen(lines(RIGHT[:-1])))
    assert not cell.good(seen("Error: no weights\n", 1))
    assert list(cell.arguments) == ["1.0", "2.0", "3.0", "-0.5", "0.0", "0.0", "0.0", "0.0"]


def test_cells_that_share_a_container_each_have_their_part() -> None:
    (shared,) = [c for c in cells.containers([*PLAIN.values()]) if c["name"] == cells.TOGETHER]
    assert shared["args"][:4] == ["say", "== environment", "env", "GIVEN"]
    assert {mount["name"] for mount in shared["volumeMounts"]} == {"data", "about"}
    log = "== environment\nvalue=with=signs\ncells-x\nunset\n== volume\nkept\n== projected\n"
    found = seen(log, 1)  # it stopped there
    good = {name: cell.good(cell.of(found)) for name, cell in PLAIN.items() if cell.where}
    assert [name for name, well in good.items() if well] == ["environment", "volume"]
    assert PLAIN["clock"].of(found).log.startswith("not begun")
    assert PLAIN["projected"].of(found) == seen("", 1)


def test_one_run_over_the_limit_is_looked_at_twice() -> None:
    names = [c["name"] for c in cells.containers([*PLAIN.values()])]
    assert PLAIN["oom"].place == "memory-limit"
    assert names == [
        *("output", "arguments", "exit", "trap", "memory-limit", "message", "hardened"),
        "memory-file",
        cells.TOGETHER,
    ]
    assert PLAIN["fallback"].place == "trap"
