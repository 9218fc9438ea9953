"""Modules that are made byte by byte are what they are said to be, by the word of Wasmtime."""

from __future__ import annotations

import pytest
import wasmtime
from ansible_collections.vessel.image.plugins.module_utils._workloads import wasm

MODULES = wasm.modules()
WRONG = {"cut": "unexpected end", "counts": "exceeds limit", "twice": "duplicate export"}
# Compiled in a minute.
BOMB = "functions"


@pytest.mark.parametrize(("number", "text"), [(0, "00"), (127, "7f"), (128, "8001")])
def test_a_number_is_leb128(number: int, text: str) -> None:
    assert wasm.leb(number).hex() == text


@pytest.mark.parametrize("name", MODULES)
def test_each_is_a_module_or_wrong_for_its_own_cause(name: str) -> None:
    module = MODULES[name]
    assert module.startswith(wasm.HEADER)
    engine = wasmtime.Engine()
    if name in WRONG:
        with pytest.raises(wasmtime.WasmtimeError, match=WRONG[name]):
            wasmtime.Module.validate(engine, module)
    else:
        wasmtime.Module.validate(engine, module)


def started(name: str) -> str:
    """What starting one that has an end says."""
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    linker = wasmtime.Linker(engine)
    try:
        instance = linker.instantiate(store, wasmtime.Module(engine, MODULES[name]))
        instance.exports(store)["_start"](store)  # type: ignore[operator]
    except (wasmtime.WasmtimeError, wasmtime.Trap, KeyError) as error:
        return str(error)
    return "ended"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("recursion", "call stack exhausted"),
        ("frames", "call stack exhausted"),
        ("outside", "out of bounds"),
        ("no-start", "_start"),
        ("threads", "wasi::thread-spawn"),
        ("forks", "wasix_32v1::proc_fork"),
        ("name", "unknown import"),
        ("function", "ended"),
        ("tables", "ended"),
    ],
)
def test_what_has_an_end_ends_by_its_own_cause(name: str, said: str) -> None:
    assert said in started(name)


def test_what_goes_on_for_ever_is_stopped_only() -> None:
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    for name in ("starts", "table"):
        store = wasmtime.Store(engine)
        store.set_fuel(1000)
        store.set_limits(table_elements=5_000_000)
        with pytest.raises(wasmtime.Trap, match=r"fuel|unreachable"):
            instance = wasmtime.Linker(engine).instantiate(
                store, wasmtime.Module(engine, MODULES[name])
            )
            instance.exports(store)["_start"](store)  # type: ignore[operator]


def test_a_bomb_is_of_many_functions() -> None:
    assert len(MODULES[BOMB]) > 1_000_000
    assert max(map(len, MODULES.values())) < 2_000_000
