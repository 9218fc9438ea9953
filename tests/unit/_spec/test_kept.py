"""Whether Python keeps docstrings and assertions or not, a spec is read in the same way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Reads every spec that it is given: what it means, or what is wrong with it.
READ = """
import sys
from pathlib import Path
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
for name in sys.argv[1:]:
    try:
        print(load_spec(Path(name)).sha256)
    except VesselError as error:
        print(error)
"""


def read(root: Path, level: str) -> str:
    bad = sorted((root / "tests/unit/_spec/bad").glob("*/*.yml"))
    specs = [root / "specs/wasm-node.yml", root / "molecule/runtimes/spec.yml", *bad]
    environment = {**os.environ, "PYTHONOPTIMIZE": level, "PYTHONPATH": str(root / "collections")}
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", READ, *map(str, specs)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("level", ["1", "2"])
def test_an_optimised_python_reads_a_spec_alike(root: Path, level: str) -> None:
    assert read(root, level) == read(root, "")
