"""The Go modules' own tests, by the locked toolchain."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", [["test"], ["vet"]], ids=lambda words: words[0])
def test_the_native_module(root: Path, go_environment: dict[str, str], command: list[str]) -> None:
    done = subprocess.run(
        ["go", *command, "./..."],
        cwd=root / "native/go",
        env=go_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
