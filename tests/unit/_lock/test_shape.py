"""The shape of a lock: whatever is not of it is told with its place, and never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin, is_typeddict

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.shape import (
    File,
    fields_of,
    problems,
)
from unit.locked import WHOLE, Steps, every, put

ODD: tuple[Any, ...] = (
    *(None, True, -1, 1 << 60, 1.5, [], {}, [None], [[]], {"a": 1}, [{"path": ""}]),
    *("\x00", "a\nb\x1b", {1: 2}, [[1], {"name": []}]),
)


def lacking(values: list[Any], kind: Any, steps: str = "") -> Iterator[str]:
    """The fields of `kind` that none of `values` has."""
    if is_typeddict(kind):
        for name, (inner, _) in fields_of(kind).items():
            found = [each[name] for each in values if name in each]
            if not found:
                yield f"{steps}.{name}"
            yield from lacking(found, inner, f"{steps}.{name}")
    elif get_origin(kind) is list:
        inside = [item for each in values for item in each]
        yield from lacking(inside, get_args(kind)[0], f"{steps}[]")
    elif get_origin(kind) is dict:
        inside = [item for each in values for item in each.values()]
        yield from lacking(inside, get_args(kind)[1], f"{steps}.*")


def test_the_tests_lock_has_every_field() -> None:
    assert list(lacking([{}], File))[:2] == [".schema", ".for"]
    assert list(lacking([WHOLE], File)) == []
    assert list(problems(WHOLE)) == []


@pytest.mark.parametrize("steps", [each[0] for each in every(WHOLE)], ids=str)
def test_another_kind_of_value_is_told_or_fits(steps: Steps) -> None:
    for odd in ODD:
        for where, what in problems(put(steps, odd)):
            assert where[: len(steps)] == steps[: len(where)]
            assert what.isprintable()


TOLD = [
    (("schema",), True, "`schema` is True, which is not 1"),
    (("debian", "node", 1, "sha256"), "1" * 63, "`debian.node[].sha256` is 111"),
    (("debian", "node", 1, "size"), True, "which is not a size in bytes"),
    (("debian", "node", 1, "size"), -1, "which is not a size in bytes"),
    (("debian", "node", 1), WHOLE["debian"]["node"][0], "has adduser amd64 twice"),
    (("debian", "node"), {}, "`debian.node` is a section, which is not a list"),
    (("debian", "suites", 0), [], "`debian.suites[]` is a list, which is not a section"),
    (("debian", "own"), 1, "`debian` has `own`, which no lock has"),
    (("for",), None, "`for` is empty, which is not a section"),
    (("for", "debian"), 5, "`for.debian` is 5, which is not a section"),
    (("for", "sources", "tree", 0), 5, "`for.sources.tree[]` is 5, which is not a section"),
    (("executables", 0, "url"), "file:///etc/passwd", "which is not a URL"),
    (("executables", 0, "path"), "usr", "which is not an absolute path"),
    (("go", "programs", "kubernetes", "go_mod"), "a\x1bb", "which is not text"),
    (("go", "programs", "kubernetes", "version"), "v1.36.3 -X=a", "not a version of a module"),
    (("go", "toolchain", "version"), "go1.26.8;", "which is not a version of Go"),
    (("go", "toolchain", "sum"), "h1:", "which is not a checksum as go.sum has it"),
    (("source_date_epoch",), 1 << 60, "which is not a time in seconds since 1970"),
    (("kubernetes", "etcd"), 3.6, "which is not the tag of an image"),
    (("rust", "versions"), ["a"], "`rust.versions` is a list, which is not a section"),
]


@pytest.mark.parametrize(("steps", "value", "says"), TOLD, ids=[each[2] for each in TOLD])
def test_what_is_told(steps: Steps, value: Any, says: str) -> None:
    [(where, what)] = problems(put(steps, value))
    assert says in what
    assert where == steps[: len(where)]


@pytest.mark.parametrize("name", ["debian", "go", "kubernetes", "for", "architecture"])
def test_what_is_missing_is_named(name: str) -> None:
    whole = {key: each for key, each in WHOLE.items() if key != name}
    assert list(problems(whole)) == [((), f"it lacks `{name}`")]


def test_what_another_version_asked_for_is_no_fault() -> None:
    assert list(problems(put(("for", "models"), ["a"]))) == []
