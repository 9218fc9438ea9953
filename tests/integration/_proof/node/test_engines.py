"""The scripts that look at a node's engines, run by bash on this host, which has other things."""

from __future__ import annotations

import subprocess

from ansible_collections.vessel.image.plugins.module_utils._kinds.engine import (
    Engine,
    Handler,
    Need,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import RustCrate
from ansible_collections.vessel.image.plugins.module_utils._proof.node.engines import (
    look_at_loaded,
    look_at_shims,
)

HERE, ABSENT = "libc.so.6", "libabsent.so.9"


def engine(
    name: str, *libraries: str, program: str = "", shim: str = "", says: str = "bash"
) -> Engine:
    return Engine(
        title=name,
        handlers=(Handler(name, "", runtime_type="", program=program),),
        overhead="",
        released="",
        http="",
        shim=RustCrate(package="", binary=shim, known_by="") if shim else None,
        needs=() if shim else (Need("bash --version", says, ""),),
        libraries=libraries,
        name=name,
    )


def said(script: str) -> list[str]:
    """As a guest runs it, over SSH."""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_an_engine_that_is_whole_is_not_named() -> None:
    assert said(look_at_loaded([engine("one", HERE, program="/bin/sh")])) == []
    assert said(look_at_shims([engine("two", HERE, shim="true")], [])) == []


def test_everything_that_is_missing_is_named() -> None:
    broken = engine("broken", ABSENT, HERE, program="/bin/absent", says="+WASM:it's")
    assert said(look_at_loaded([engine("one", HERE, program="/bin/sh"), broken])) == [
        "/bin/absent is missing",
        "bash --version says nothing of +WASM:it's",
        f"{ABSENT} is missing",
    ]


def test_every_shim_is_started_and_only_our_own_must_have_its_libraries() -> None:
    shims = [engine("one", ABSENT, shim="false"), engine("two", HERE, shim="absent-shim")]
    first, second, third = said(look_at_shims(shims, []))
    assert first.startswith("false does not start: status 1")
    assert second.startswith("absent-shim does not start: status 127")
    assert third == f"{ABSENT} is missing"
    assert said(look_at_shims(shims, ["one"])) == [first, second]
