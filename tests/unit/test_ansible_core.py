"""The collection promises the versions of ansible-core that its tests run on, and no other."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version


def pinned(pyproject: str) -> Version:
    """The version of ansible-core that `make setup` installs."""
    needs = map(Requirement, tomllib.loads(pyproject)["project"]["dependencies"])
    (core,) = (need for need in needs if need.name == "ansible-core")
    (pin,) = core.specifier
    assert pin.operator == "==", "pin ansible-core"
    return Version(pin.version)


def promise(version: Version) -> SpecifierSet:
    """What a test on `version` allows to promise: it and later fixes of the same minor version."""
    return SpecifierSet(f">={version},<{version.major}.{version.minor + 1}.0")


def test_what_is_promised_is_what_is_tested(root: Path) -> None:
    promised = yaml.safe_load((root / "meta/runtime.yml").read_text())["requires_ansible"]
    assert SpecifierSet(promised) == promise(pinned((root / "pyproject.toml").read_text()))


@pytest.mark.parametrize("promised", [">=2.19.0", ">=2.19.14", ">=2.18.0,<2.20.0"])
def test_a_planted_promise(promised: str) -> None:
    assert SpecifierSet(promised) != promise(Version("2.19.14"))
