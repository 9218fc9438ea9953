from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import (
    COLUMNS,
    NOT_RUN,
    titles,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import names_of
from unit._proof.exported import exported


def test_every_row_is_a_check_of_every_column() -> None:
    image = exported()
    ran = [*names_of(image, "matrix"), *names_of(image, "krustlet")]
    for column in COLUMNS:
        cells = [name for name in ran if name.startswith(f"matrix.{column}.")]
        rows = [row for row in titles() if row not in NOT_RUN.get(column, ())]
        assert cells == [f"matrix.{column}.{row}" for row in ("start", *rows)]


def test_what_was_not_run_is_a_cell_that_there_is() -> None:
    assert all(column in COLUMNS and rows < titles().keys() for column, rows in NOT_RUN.items())
