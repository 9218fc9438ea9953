"""What makes the programs of a Go module others: all that is locked, the recipe, the toolchain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import GoModule
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock import gocommand, programs
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Stage
from ansible_collections.vessel.image.plugins.module_utils._stages.go_module import go_module
from ansible_collections.vessel.image.plugins.module_utils._stages.toolchain import toolchain
from ansible_collections.vessel.image.plugins.module_utils._stages.tools import tools
from unit.locked import LOCKED

TOOL = {"name": "golang", "version": "1", "architecture": "amd64", "sha256": "1" * 64, "size": 1,
        "archive": "debian", "path": "pool/golang.deb"}  # fmt: skip
KUBERNETES = GO_MODULES["kubernetes"]


@pytest.fixture
def goroot(root: Path) -> Stage:
    return toolchain(root, {"version": "go1.26.8", "sum": "h1:t"}, tools=tools(root, [TOOL]))


def identity(
    root: Path,
    goroot: Stage,
    locked: dict[str, Any] = LOCKED,
    program: GoModule = KUBERNETES,
    architecture: str = "amd64",
) -> str:
    processor = ARCHITECTURES[architecture]
    return go_module(root, program, locked, toolchain=goroot, architecture=processor).id


def test_the_id_follows_every_input(root: Path, goroot: Stage) -> None:
    base = identity(root, goroot)
    assert identity(root, goroot, dict(reversed(LOCKED.items()))) == base
    others = [identity(root, goroot, {**LOCKED, key: "v9.9.9"}) for key in LOCKED]
    changed: list[dict[str, Any]] = [
        {"tags": ("other",)},
        {"stamps": {**KUBERNETES.stamps, "main.x": "y"}},
        {"names": {"kubelet": "other"}},
        {"name": "other"},
    ]
    others += [identity(root, goroot, program=replace(KUBERNETES, **change)) for change in changed]
    others.append(identity(root, goroot, architecture="arm64"))
    another = toolchain(root, {"version": "go1.26.8", "sum": "h1:u"}, tools=tools(root, [TOOL]))
    others.append(identity(root, another))
    assert len({base, *others}) == len(others) + 1


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (programs, "LINKER", ("-s",)),
        (programs, "FLAGS", (*programs.FLAGS, "-race")),
        (gocommand, "_BUILD", {**gocommand._BUILD, "CGO_ENABLED": "1"}),
    ],
)
def test_flags_and_variables_are_in_it(
    root: Path, goroot: Stage, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any
) -> None:
    before = identity(root, goroot)
    monkeypatch.setattr(module, name, value)
    assert identity(root, goroot) != before


def test_what_fetched_the_toolchain_is_not(root: Path, goroot: Stage) -> None:
    other = tools(root, [{**TOOL, "sha256": "2" * 64}])
    same = toolchain(root, {"version": "go1.26.8", "sum": "h1:t"}, tools=other)
    assert goroot.inputs["tools"].id != other.id
    assert identity(root, same) == identity(root, goroot)


def test_code_of_ours_is_not(root: Path, goroot: Stage, tmp_path: Path) -> None:
    assert identity(tmp_path, goroot) == identity(root, goroot)  # where there is none
