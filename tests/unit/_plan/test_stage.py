"""An id is over all that shapes a stage: else an old result would be taken for a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._plan import sources
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import (
    Blob,
    Kind,
    Made,
    Stage,
    Work,
    all_blobs,
    in_order,
    stage,
)

CODE = {"file.py": "0"}


def make(work: Work) -> None:
    """Makes nothing."""


PLAIN, BY_VALUES = Kind("plain", "t", make), Kind("values", "t", make, by_values=True)


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kind, "code", lambda _self, _root: dict(CODE))


def blob(sha256: str, size: int = 1) -> Blob:
    return Blob(sha256, size, sha256, {"url": f"https://example.com/{size}"})


def made(kind: Kind = PLAIN, **more: Any) -> Stage:
    return stage(Path(), kind, **more)


def test_each_part_is_in_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    other = made(options={"a": 9})
    variants = [
        made(),
        made(Kind("other", "t", make)),
        made(options={"a": 1}),
        made(options={"a": 2}),
        made(options={"a": {"b": [1, 2]}}),
        made(options={"a": {"b": [2, 1]}}),
        made(options={"b": 1}),
        made(blobs={"a": blob("1")}),
        made(blobs={"a": blob("2")}),
        made(blobs={"b": blob("1")}),
        made(blobs={"a": blob("1"), "b": blob("2")}),
        made(blobs={"b": blob("2"), "a": blob("1")}),
        made(inputs={"of": made()}),
        made(inputs={"of": other}),
        made(inputs={"by": other}),
        made(options={"program": Made(made(), "f")}),
        made(options={"program": Made(other, "f")}),
        made(options={"program": Made(other, "g")}),
        made(options={"programs": [{"f": Made(other, "f")}]}),
    ]
    monkeypatch.setitem(CODE, "file.py", "1")
    variants.append(made())
    assert len({each.id for each in variants}) == len(variants)


def test_what_shapes_nothing_is_in_no_id() -> None:
    ids = {
        made(options={"a": 1, "b": 2}).id,
        made(options={"b": 2, "a": 1}).id,
        made(options={"b": 2, "a": 1}, name="another name").id,
    }
    assert len(ids) == 1
    # Where bytes are had says nothing of them.
    assert made(blobs={"a": blob("1", 1)}).id == made(blobs={"a": blob("1", 2)}).id


def test_by_values_is_of_values_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [made(BY_VALUES, options={"a": number}) for number in range(2)]
    plain = [made(options={"a": number}) for number in range(2)]
    first, second = (made(BY_VALUES, inputs={"of": each}) for each in plain)
    assert first.id == second.id
    first, second = (made(BY_VALUES, inputs={"of": each}) for each in values)
    assert first.id != second.id
    assert values[0].id != values[1].id
    before = made(BY_VALUES).id
    monkeypatch.setitem(CODE, "file.py", "1")
    assert made(BY_VALUES).id == before


def test_a_file_of_another_stage_makes_that_an_input() -> None:
    one = made(options={"a": 1}, name="one", blobs={"x": blob("1")})
    two = made(options={"list": [{"program": Made(one, "f")}]}, blobs={"y": blob("2")})
    assert dict(two.inputs) == {"one": one}
    assert in_order([two]) == [one, two] and in_order([two, one]) == [one, two]
    assert all_blobs(in_order([two])) == [blob("1"), blob("2")]
    place = Path("/result")
    work = Work(two.options, {"one": place}, {}, Path(), "", Path())
    assert work.resolved(two.options["list"]) == [{"program": place / "f"}]


def test_a_plans_id_is_over_its_stages_and_its_names() -> None:
    def plan(name: str, stem: str, goal: Stage) -> str:
        return Plan(Path(), Path("s.yml"), name, stem, (), made(), (goal,)).id

    one, two = made(options={"a": 1}), made(options={"a": 2})
    ids = [plan("n", "s", one), plan("n", "s", two), plan("m", "s", one), plan("n", "t", one)]
    assert len(set(ids)) == len(ids)


def test_another_program_of_the_host_has_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program, found = tmp_path / "mmdebstrap", []
    for text in ("one", "two"):
        program.write_text(text)
        program.chmod(0o755)
        found.append(sources.host_tool_digest("mmdebstrap"))
    assert found[0] != found[1]


def test_ansible_and_what_renders_its_templates_are_named() -> None:
    assert set(sources.ansible_versions()) == {"ansible-core", "jinja2"}
