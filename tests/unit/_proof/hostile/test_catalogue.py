"""The catalogue of hostile pods is whole, and each row can be red."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._proof.hostile import catalogue
from ansible_collections.vessel.image.plugins.module_utils._proof.hostile.catalogue import (
    GROUPS,
    ROWS,
    Hostile,
    group_of,
    neighbour,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.hostile.ending import fits
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)

COLUMNS = (*ENGINES, "krustlet")
# What no row may take for its own end.
NOTHING = ("", "nothing yet", "no pod", "waits ContainerCreating: ", "waits ErrImagePull: absent",
           "waits ErrImageNeverPull: absent", "ended 143 Error: ; log ''")  # fmt: skip


def test_there_are_enough_and_each_is_once() -> None:
    assert len(ROWS) >= 30
    assert [name for name, count in Counter(row.name for row in ROWS).items() if count > 1] == []
    assert all(len(group_of(name)) <= 8 for name in GROUPS)
    assert sum(len(group_of(name)) for name in GROUPS) == len(ROWS)


def test_every_program_is_one_of_theirs_and_each_is_used() -> None:
    assert {row.image for row in ROWS} == set(images.TENANTS)
    assert {row.arguments[0] for row in ROWS if row.arguments} >= {"spin", "fill", "reads"}


def test_every_word_is_one_that_the_program_knows(root: object) -> None:
    source = (root / "workloads/hostile.c").read_text()  # type: ignore[operator]
    words = {row.arguments[0] for row in ROWS if row.arguments} | {"beat"}
    assert [word for word in words if f'"{word}"' not in source] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
@pytest.mark.parametrize("column", COLUMNS)
def test_each_has_a_cause_of_its_own(row: Hostile, column: str) -> None:
    pattern = row.expected(column)
    assert re.compile(pattern)
    assert [said for said in NOTHING if fits(pattern, said)] == []


@pytest.mark.parametrize(
    ("log", "good"),
    [("0 reached\\n", True), ("REACHED /etc/x\\n1 reached\\n", False), ("10 reached\\n", False),
     ("REACHED /etc/x\\n0 reached\\n", False), ("", False)],
)  # fmt: skip
def test_what_was_reached_is_red(log: str, good: bool) -> None:
    for row in ROWS:
        if row.name in {"reads", "links", "devices", "kernel", "sockets"}:
            assert fits(row.expected("wasmer"), f"ended 0 Completed: ; log '{log}'") is good


@pytest.mark.parametrize("column", COLUMNS)
def test_each_has_limits_and_can_be_asked_for(column: str) -> None:
    for made in [*(row.pod(column) for row in ROWS), neighbour(column)]:
        (one,) = made["spec"]["containers"]
        assert one["resources"]["limits"] == catalogue.LIMITS
        assert made["metadata"]["labels"] == {"hostile": column}
        # kubectl keeps a copy in an annotation, of which there may be 256 KiB.
        assert len(json.dumps(made)) < 200_000
        assert len(made["metadata"]["name"]) < 64
