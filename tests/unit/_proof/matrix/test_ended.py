from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.ended import (
    logs_by_container,
)


def test_logs_come_apart_by_container_and_keep_their_lines() -> None:
    said = (
        "[pod/cells-x/arguments] a b\n"
        "[pod/cells-x/output] on [x] output\n"
        "[pod/cells-x/arguments] \n"
        "[pod/cells-x/arguments] --flag=c\n"
    )
    assert logs_by_container(said) == {
        "arguments": "a b\n\n--flag=c\n",
        "output": "on [x] output\n",
    }
    assert logs_by_container("") == {}
