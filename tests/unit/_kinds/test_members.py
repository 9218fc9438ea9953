"""A choice is a file: nothing else lists the values of its kind."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import (
    ARCHITECTURES,
    BUILDER,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions import (
    DEFAULT,
    DISTRIBUTIONS,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.engine import Engine
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._kinds.members import members
from ansible_collections.vessel.image.plugins.module_utils._kinds.program import SHIMS
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import PROGRAMS


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    place = tmp_path / "planted_engines"
    place.mkdir()
    (place / "__init__.py").touch()
    yield place
    for name in [name for name in sys.modules if name.startswith("planted_engines")]:
        del sys.modules[name]


def test_a_new_file_is_a_new_value_called_as_the_file_is(package: Path) -> None:
    name = Engine.__module__
    (package / "a_new_one.py").write_text(
        f"from {name} import Engine\nKIND = Engine('New', (), '1Mi', 'shim', 'wasix')\n"
    )
    found = members("planted_engines", [str(package)], Engine)
    assert list(found) == ["a-new-one"]
    assert found["a-new-one"].name == "a-new-one"


def test_another_form_is_a_mistake(package: Path) -> None:
    (package / "wrong.py").write_text("KIND = 'wrong'\n")
    with pytest.raises(TypeError, match=r"planted_engines\.wrong is not of the form Engine"):
        members("planted_engines", [str(package)], Engine)


def test_every_value_knows_its_name() -> None:
    for kinds in (ARCHITECTURES, DISTRIBUTIONS, ENGINES, PROGRAMS):
        assert kinds
        assert all(name == kind.name for name, kind in kinds.items())
        assert all(dataclasses.is_dataclass(kind) for kind in kinds.values())
    assert BUILDER in ARCHITECTURES
    assert DEFAULT in DISTRIBUTIONS


def test_handlers_have_names_of_their_own() -> None:
    names = [handler.name for engine in ENGINES.values() for handler in engine.handlers]
    assert len(names) == len(set(names))
    assert "wasm" not in names, "the RuntimeClass of whichever engine is the default"


def test_a_shim_is_called_as_containerd_finds_it() -> None:
    for name, engine in ENGINES.items():
        if engine.shim:
            assert engine.shim.package == SHIMS
            assert engine.shim.binary == f"containerd-shim-{name}-v1"
