"""A disk, and the files that formats make of one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.formats import FORMATS
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import FILE, INPUT
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools
from unit._export.test_machine import described
from unit.stages import IMAGE, work


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    with path.open("wb") as file:
        for part in range(40):  # many clusters, compressible and not, with holes between
            file.seek(part * 3 << 20)
            file.write(os.urandom(300_000) + bytes([part]) * 900_000)
        file.truncate(200 << 20)
    return path


@pytest.fixture(scope="session")
def online_go(go_environment: dict[str, str]) -> dict[str, str]:
    """An environment in which the locked `go` gets modules as this host does."""
    online = {key: value for key, value in go_environment.items() if key != "GOPROXY"}
    return online | {key: os.environ[key] for key in ("GOPROXY",) if key in os.environ}


@pytest.fixture
def written(tools: Tools) -> Callable[..., Path]:
    """Gives the file that a format's maker writes of `of` in the directory `place`, for a machine
    of which `said` is more than the least."""

    def write(name: str, of: Path, place: Path, **said: Any) -> Path:
        file = f"image.{FORMATS[name].ending or name}"
        says = FORMATS[name].says(replace(IMAGE, machine={**IMAGE.machine, **said}))
        options = {"of": {INPUT: "disk", FILE: of.name}, "file": file, **says}
        inputs = {"disk": of.parent, "tools": tools.tree}
        FORMATS[name].kind.make(work(place, options, inputs))
        assert [each.name for each in place.iterdir()] == [file]  # nothing else lies beside it
        return place / file

    return write


@pytest.fixture
def ova(disk: Path, tmp_path: Path, written: Callable[..., Path]) -> Callable[..., Any]:
    """Gives the VMDK and the OVA of a section `machine`, and what that came to."""

    def make(text: str = "{}") -> tuple[Path, Path, dict[str, Any]]:
        said = described(tmp_path, text)
        vmdk = written("vmdk", disk, tmp_path / "vmdk", **said)
        return vmdk, written("ova", vmdk, tmp_path / "ova", **said), said

    return make
