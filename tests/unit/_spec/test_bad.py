"""Bad specs: each file in `bad/` says in its first line what has to be reported where, and in its
second one words that help. Where a file cannot say it, the file `.expect` beside it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._codes.spec import SPEC
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._spec.loader import MAX_BYTES, MAX_DEPTH

BAD = Path(__file__).parent / "bad"
CASES = sorted(BAD.glob("*/*.yml"))


def expected(case: Path) -> tuple[str, str]:
    """Places and codes such as `7:12 VES-206, 9:3 VES-207`, and words of the message."""
    beside = case.with_suffix(".expect")
    lines = (beside if beside.exists() else case).read_bytes().split(b"\n", 2)
    expect, says = (line.decode().strip() for line in lines[:2])
    return expect.removeprefix("# expect: "), says.removeprefix("# says: ")


def reported(path: Path) -> tuple[str, str]:
    """Places and codes of all problems of a spec, in order, and the whole message."""
    with pytest.raises(VesselError) as caught:
        load_spec(path)
    message, found = str(caught.value), []
    for problem in caught.value.problems:
        place = problem.position
        assert place is not None
        assert f"{path}:{place.line}:{place.column}: {problem.code}: " in message
        assert problem.what and problem.hint.endswith((".", "?"))
        found.append(f"{place.line}:{place.column} {problem.code}")
    return ", ".join(found), message


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_bad_spec(case: Path) -> None:
    places, words = expected(case)
    found, message = reported(case)
    assert found == places
    assert words and words in message
    assert "Traceback" not in message


def test_every_code_of_a_spec_is_among_them() -> None:
    codes = {place.split()[1] for case in CASES for place in expected(case)[0].split(", ")}
    assert codes == set(SPEC) - {"VES-201"}  # no file, no fixture: see test_load.py


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("#" * (MAX_BYTES + 1), "1:1 VES-202"),
        ("name: my-node\n" * MAX_BYTES, "1:1 VES-202"),
        ("a: " + "[" * 60_000, f"1:{4 + MAX_DEPTH - 1} VES-204"),
        ("? " * 30_000, f"1:{2 * MAX_DEPTH + 1} VES-204"),
    ],
    ids=["comment", "keys", "brackets", "keys of keys"],
)
def test_size(tmp_path: Path, text: str, places: str) -> None:
    path = tmp_path / "large.yml"
    path.write_text(text)
    assert reported(path)[0] == places
