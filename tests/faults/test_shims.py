"""The tests of native/rust for architectures other than the builder's, by Cargo in the tree of
compilers: no container, no network. The builder's run in tests/integration/native/test_rust.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
)
from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (
    ARGUMENTS,
    environment,
)
from rust_workshop import FEATURES, LIBRARY, rust_workshop

ROOT = Path(__file__).resolve().parents[2]
# Architecture -> packages for running its programs here.
EMULATORS = {"arm64": ("qemu-user", "mount")}
RUNNER = {"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER": "/build/emulate"}
# ONNX Runtime ends a program of arm64 that finds no processors in /sys, which builds do without.
EMULATE = """#!/bin/sh
[ -d /sys/devices ] || mount -t sysfs -o ro sys /sys
exec qemu-aarch64 "$@"
"""


@pytest.mark.parametrize("architecture", EMULATORS)
def test_the_engines_do_what_the_shims_promise(architecture: str) -> None:
    of = ARCHITECTURES[architecture]
    arguments = (
        "test",
        *ARGUMENTS,
        *("--target", of.rust_target),
        "--workspace",
        "--no-fail-fast",
        "--features",
        FEATURES,
    )
    with rust_workshop(ROOT, architecture, EMULATORS[architecture]) as shop:
        emulate = shop.place / "emulate"
        emulate.write_text(EMULATE)
        emulate.chmod(0o755)
        variables = environment(of) | RUNNER | {"VESSEL_ONNXRUNTIME": LIBRARY}
        # What is tested does not follow from how well it is optimised; how long it takes does.
        variables["CARGO_PROFILE_RELEASE_OPT_LEVEL"] = "1"
        result = shop.run("engine tests", arguments, variables)
        said = f"{result.stdout[-3000:]}\n{shop.said()}"
    assert result.status == 0, said
    passed = [int(number) for number in re.findall(r"(\d+) passed", result.stdout)]
    assert sum(passed) >= 29 + 15, said  # the engines' and Krustlet's
