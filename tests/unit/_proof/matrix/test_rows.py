from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import (
    COLUMNS,
    columns,
    titles,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import names_of
from unit._proof.exported import exported


def test_every_row_is_a_check_of_its_columns() -> None:
    image = exported()
    ran = [*names_of(image, "matrix"), *names_of(image, "krustlet")]
    for column in COLUMNS:
        cells = [name for name in ran if name.startswith(f"matrix.{column}.")]
        rows = [name for name in titles() if column in columns(name)]
        assert cells == [f"matrix.{column}.{row}" for row in ("start", *rows)]


def test_a_row_is_run_in_columns_that_there_are() -> None:
    assert {name for name in titles() if columns(name) == COLUMNS} > {"output", "sidecar", "gone"}
    assert all(columns(name) and set(columns(name)) <= set(COLUMNS) for name in titles())
    assert columns("exec") == ("wasmedge", "wasmtime")
