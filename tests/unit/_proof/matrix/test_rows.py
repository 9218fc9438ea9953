from __future__ import annotations

from unittest.mock import Mock

from ansible_collections.vessel.image.plugins.module_utils._proof.check import found
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import (
    COLUMNS,
    titles,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import names_of
from unit._proof.exported import exported


def test_every_row_is_a_check_of_every_column() -> None:
    image = exported()
    ran = [*names_of(image, "matrix"), *names_of(image, "krustlet")]
    for column in COLUMNS:
        cells = [name for name in ran if name.startswith(f"matrix.{column}.")]
        assert cells == [f"matrix.{column}.{row}" for row in ("start", *titles())]


def test_a_row_whose_container_does_not_run_is_red() -> None:
    context = Mock(patience=0.0)
    context.cluster.get.return_value = []
    verdict = found()["matrix.{}.sigterm"].run(context, "wasmtime")
    assert not verdict.passed and verdict.actual == "there is no pod busy-wasmtime"
