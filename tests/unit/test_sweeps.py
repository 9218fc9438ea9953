"""docs/sweeps.md says when each sweep of `make test-all` last ran; the tool that writes it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

MAKEFILE = "all:\n\t.ci/sweep one true\n\t.ci/sweep two false\n"


def of_sweep(root: Path) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("sweep", str(root / ".ci/sweep"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_page_has_a_row_for_each_sweep(root: Path) -> None:
    sweep = of_sweep(root)
    text = (root / sweep.PAGE).read_text()
    assert sweep.page(text, sweep.commands((root / "Makefile").read_text()), {}) == text
    assert text.count("\n| ") > 5


def test_every_long_line_of_make_test_all_is_a_sweep(root: Path) -> None:
    rest = (root / "Makefile").read_text().split("\ntest-all: test ")[1]
    lines = rest.partition("\n\n")[0].splitlines()[1:]
    assert lines and all(re.match(r"\t\$\(RUN\) \.ci/sweep \S+ \S", line) for line in lines), lines


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """A clone with two sweeps."""
    for directory in (".ci", "docs"):
        (tmp_path / directory).mkdir()
    shutil.copy(root / ".ci/sweep", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        own = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", "-C", tmp_path, *own, *words], check=True)
    return tmp_path


def swept(clone: Path, *words: str) -> tuple[int, list[str]]:
    status = subprocess.run([clone / ".ci/sweep", *words], check=False).returncode
    page = clone / "docs/sweeps.md"
    rows = page.read_text().splitlines() if page.exists() else []
    return status, [row for row in rows if row.startswith(("| one", "| two"))]


def test_a_sweep_is_noted_and_a_red_one_stays_red(clone: Path) -> None:
    commit = subprocess.check_output(
        ["git", "-C", clone, "rev-parse", "--short=12", "HEAD"], text=True
    ).strip()
    status, (one, two) = swept(clone, "one", "true")
    assert status == 0
    assert re.fullmatch(rf"\| one \| passed \| \d{{4}}-\d\d-\d\d \d\d:\d\d \| {commit} \| 0 min \|", one)  # fmt: skip # noqa: E501
    assert two == "| two | not yet |  |  |  |"
    status, (again, two) = swept(clone, "two", "sh", "-c", "exit 3")
    assert status == 3 and again == one
    assert two.startswith("| two | failed (3) | ") and f"| {commit} |" in two
    (clone / "Makefile").write_text(f"{MAKEFILE}# changed\n")
    assert f"| {commit}+ |" in swept(clone, "one", "true")[1][0]


def test_a_sweep_that_the_makefile_has_not_is_refused(clone: Path) -> None:
    assert swept(clone, "three", "true") == (2, [])


def test_a_turn_is_one_of_the_sweeps_and_comes_to_each(clone: Path, root: Path) -> None:
    sweep = of_sweep(root)
    assert {sweep.turn(f"{at:012x}", ["a", "b", "c"]) for at in range(3)} == {"a", "b", "c"}
    status, rows = swept(clone, "--turn", "one")
    assert status == 0 and rows[0].startswith("| one | passed | ")
    assert swept(clone, "--turn", "two")[0] == 1
    assert swept(clone, "--turn", "one", "three")[0] == 2


def test_what_ci_takes_turns_with_are_sweeps(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    turns = re.search(r"\.ci/sweep --turn (.+)", makefile)
    assert turns and set(turns[1].split()) < set(of_sweep(root).commands(makefile))
    assert "make turn" in (root / ".ci/run").read_text()
