"""Whatever the file holds, the answer is a spec or problems with places, and comes soon: never
another error. There are 2,000 mutations in all; they take about ten seconds."""

from __future__ import annotations

import copy
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
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
CONTENT, FULL_CONTENT = yaml.safe_load(DEFAULT), yaml.safe_load(FULL)
BAD = sorted((Path(__file__).parent / "bad").glob("*/*.yml"))
SPECS = [DEFAULT, FULL, *(path.read_bytes() for path in BAD)]
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
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


# Seconds of processor time. The slowest file here takes less than half of one, and took half a
# minute when its time was the square of its length: that shows, a slow machine does not.
SOON = 8


def answer(data: bytes) -> Spec | tuple[Problem, ...]:
    """The spec, or the problems after checking that each has a place within the file."""
    begun = time.process_time()  # what other processes of the machine take is not ours
    result = spec_or_problems(data)
    assert time.process_time() - begun < SOON
    if isinstance(result, Spec):
        return result
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for problem in result:
        assert problem.code.startswith("VES-2")
        assert problem.what and problem.hint
        assert problem.position is not None
        assert 1 <= problem.position.line <= lines
        assert problem.position.column >= 1
    return result


def spec_or_problems(data: bytes) -> Spec | tuple[Problem, ...]:
    try:
        document = parse(data, "s.yml")
    except VesselError as error:
        return error.problems
    problems = (*problems_of(document), *document.problems)
    return problems or Spec.of(completed(document))


@settings(max_examples=1200, deadline=None)
@given(
    st.sampled_from(SPECS),
    st.integers(0, 2000),
    st.integers(0, 12),
    PIECES.map(str.encode) | st.binary(max_size=4),
)
def test_damaged_text(spec: bytes, start: int, length: int, patch: bytes) -> None:
    start %= len(spec) + 1
    answer(spec[:start] + patch + spec[start + length :])


def parent(content: Any, path: tuple[str | int, ...]) -> Any:
    """What holds the value at `path`; made where the spec does not have it."""
    for step, following in pairwise(path):
        empty: Any = [{}] if isinstance(following, int) else {}
        content = content[step] if isinstance(step, int) else content.setdefault(step, empty)
    return content


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_in_any_place(path: tuple[str | int, ...], value: object) -> None:
    content = copy.deepcopy(FULL_CONTENT)
    parent(content, path)[path[-1]] = value
    text = yaml.dump(content, Dumper=DUMPER, allow_unicode=True)
    result = answer(text.encode(errors="replace"))
    if isinstance(result, Spec):
        assert result.normalised()["schema"] == 1


@pytest.mark.parametrize("path", [path for path in FIELDS if 0 not in path], ids=str)
def test_any_field_left_out(path: tuple[str | int, ...]) -> None:
    content = copy.deepcopy(CONTENT)
    parent(content, path).pop(path[-1], None)
    result = answer(yaml.dump(content).encode())
    needed = path in {("schema",), ("name",), ("kubernetes",), ("kubernetes", "version")}
    # The default spec has no release, and one that begins needs the rest.
    if needed or (path[:-1] and path[0] == "release"):
        assert {p.code for p in result} == {"VES-207"}  # type: ignore[union-attr]
    else:
        assert result == answer(DEFAULT)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number:x}:\n" for number in range(4_500)),
        "".join(f"nam{number:x}:\n" for number in range(4_000)),
        "a: 1\n" * 6_500,
        f"outputs: [{', '.join(f'{number:x}' for number in range(5_000))}]\n",
        f"outputs: [{','.join(['raw'] * 7_500)}]\n",
        f"customize: {{{','.join(f'k{number:x}' for number in range(4_500))}}}\n",
        f"name: {'1' * 60_000}\n",
    ],
    ids=["unknown", "misspelt", "twice", "entries", "same entries", "planned", "long"],
)
def test_a_file_full_of_problems(text: str) -> None:
    """Half of what a file may hold. Some of these took half a minute."""
    answer(text.encode())
