from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import page as matrix_page
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.rows import (
    COLUMNS,
    titles,
)
from ansible_collections.vessel.image.plugins.module_utils._proof.runtimes import RUNTIMES


def result(phase: str, boot: int, name: str, actual: str = "well", passed: bool = True) -> Any:
    return {"phase": phase, "boot": boot, "name": name, "actual": actual, "passed": passed}


def all_good(handlers: Iterable[str] = COLUMNS) -> list[Any]:
    found = [
        result(
            "krustlet" if handler == "krustlet" else "matrix",
            1,
            f"matrix.{handler}.{cell}",
            f"limit: {limit.reason}" if (limit := RUNTIMES[handler].limits.get(cell)) else "well",
        )
        for handler in handlers
        for cell in titles()
    ]
    return [*found, *(result("pods", 2, f"wasm.{handler}") for handler in handlers)]


def test_a_cell_is_yes_or_a_limit_with_its_reason() -> None:
    text = matrix_page.render(all_good())
    (row,) = [line for line in text.splitlines() if line.startswith("| exit code 42 ")]
    assert row == "| exit code 42 | no (1) | no (1) | yes | yes | yes |"
    assert "1. crun ends with 0" in text


def test_a_failure_is_shown_and_a_missing_cell_is_an_error() -> None:
    found = all_good()
    found[0]["passed"] = False
    assert "**fails**" in matrix_page.render(found)
    with pytest.raises(KeyError):
        matrix_page.render(found[1:])


@pytest.mark.parametrize("handlers", [["krustlet"], COLUMNS[:-1], []])
def test_a_column_of_another_scenario_is_as_its_limits_say(handlers: list[str]) -> None:
    assert matrix_page.render(all_good(handlers)) == matrix_page.render(all_good())


def test_the_page_is_the_matrix_that_the_limits_say(root: Path) -> None:
    page = (root / "docs/runtimes.md").read_text()
    assert matrix_page.renewed(page, all_good()) == page, "molecule test -s runtimes renders it"


def test_a_page_that_said_otherwise_is_told(tmp_path: Path, capsys: Any) -> None:
    page, proof = tmp_path / "page.md", tmp_path / "proof.json"
    page.write_text(f"before\n{matrix_page.BEGIN}\n{matrix_page.END}\nafter\n")
    proof.write_text(json.dumps({"checks": all_good()}))
    assert matrix_page.main(page, proof) == 1
    assert "said otherwise" in capsys.readouterr().out
    assert page.read_text().startswith("before\n") and page.read_text().endswith("\nafter\n")
    assert matrix_page.main(page, proof) == 0
