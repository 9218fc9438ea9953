"""Whatever the file holds, the answer is a spec or problems with places: never another error."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Problem,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import parse
from ansible_collections.vessel.image.plugins.module_utils._spec.model import Spec
from ansible_collections.vessel.image.plugins.module_utils._spec.schema import fields
from ansible_collections.vessel.image.plugins.module_utils._spec.validate import (
    completed,
    problems_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
DEFAULT = (ROOT / "specs/wasm-node.yml").read_bytes()
FULL = (ROOT / "molecule/customized/spec.yml").read_bytes()
FIELDS = [path for path, _ in fields()]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(SCALARS.filter(bool), inner, max_size=3)
    ),
    max_leaves=6,
)
PIECES = st.sampled_from([*"&*!?:-[]{}<>|%@`\"'#,\n\t \0", "---\n", "<<: ", "  ", "\r", "\x85"])


def answer(data: bytes) -> Spec | tuple[Problem, ...]:
    """The spec, or the problems after checking that each has a place within the file."""
    lines = data.count(b"\n") + data.count(b"\r") + 3 * data.count(b"\xc2\x85") + 1
    try:
        document = parse(data, "s.yml")
        problems = tuple(problems_of(document)) + tuple(document.problems)
        if not problems:
            return Spec.of(completed(document))
    except VesselError as error:
        problems = error.problems
    for problem in problems:
        assert problem.code.startswith("VES-2")
        assert problem.what and problem.hint
        assert problem.position is not None
        assert 1 <= problem.position.line <= lines
        assert problem.position.column >= 1
    return problems


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(FULL)), st.integers(0, 12), PIECES.map(str.encode) | st.binary(max_size=4)
)
def test_damaged_text(start: int, length: int, patch: bytes) -> None:
    answer(FULL[:start] + patch + FULL[start + length :])


def parent(content: Any, path: tuple[str | int, ...]) -> Any:
    """What holds the value at `path`; made where the spec does not have it."""
    for step, following in pairwise(path):
        empty: Any = [{}] if isinstance(following, int) else {}
        content = content[step] if isinstance(step, int) else content.setdefault(step, empty)
    return content


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_in_any_place(path: tuple[str | int, ...], value: object) -> None:
    content = yaml.safe_load(FULL)
    parent(content, path)[path[-1]] = value
    result = answer(yaml.dump(content, allow_unicode=True).encode(errors="replace"))
    if isinstance(result, Spec):
        assert result.normalised()["schema"] == 1


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([path for path in FIELDS if 0 not in path]))
def test_any_field_left_out(path: tuple[str | int, ...]) -> None:
    content = yaml.safe_load(DEFAULT)
    parent(content, path).pop(path[-1], None)
    result = answer(yaml.dump(content).encode())
    needed = path in {("schema",), ("name",), ("kubernetes",), ("kubernetes", "version")}
    if needed:
        assert [p.code for p in result] == ["VES-207"]  # type: ignore[union-attr]
    else:
        assert result == answer(DEFAULT)
