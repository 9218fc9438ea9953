from __future__ import annotations

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
