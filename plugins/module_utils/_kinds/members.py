"""The values of one kind of choice: the files of its package."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")


def members(package: str, paths: list[str], form: type[T]) -> Mapping[str, T]:
    """Name -> value of every file in a package, sorted; `paths` is the package's `__path__`.

    A file is called as its value is, with `_` for `-`, and holds it as `KIND`.
    """
    found: dict[str, T] = {}
    for module in sorted(pkgutil.iter_modules(paths), key=lambda each: each.name):
        kind = import_module(f"{package}.{module.name}").KIND
        if not isinstance(kind, form):
            raise TypeError(f"{package}.{module.name} is not of the form {form.__name__}")
        name = module.name.replace("_", "-")
        found[name] = dataclasses.replace(kind, name=name)  # type: ignore[type-var]
    return MappingProxyType(found)
