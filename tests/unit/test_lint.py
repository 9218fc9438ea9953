"""`.ci/lint` finds the files of each language by itself, and each tool can turn it red."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TIDY = {
    "native/rust/Cargo.toml": '[package]\nedition = "2024"\n',
    "a/tidy.sh": '#!/bin/sh\necho "$1"\n',
    "a/tidy": '#!/usr/bin/env bash\necho "$1"\n',
    "a/tidy.pkr.hcl": 'source "null" "x" {\n  communicator = "none"\n}\n',
    "a/tidy.go": "package a\n\nfunc f() {}\n",
    # A condition of this form is of edition 2024 only.
    "a/tidy.rs": "fn f() {\n    if let A(_) = x()\n        && y()\n    {\n        z();\n    }\n}\n",
    "a/template.sh.j2": "#!/bin/sh\necho {{ a | join(' ') }} $1\n",
    "a/text": "echo $1\n",
}


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    """A repository that is tidy, with the script."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".ci").mkdir()
    shutil.copy(root / ".ci/lint", tmp_path / ".ci/lint")
    for name, text in TIDY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def lint(clone: Path) -> tuple[int, str]:
    done = subprocess.run(
        [clone / ".ci/lint"], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_what_is_tidy_is_green(clone: Path) -> None:
    assert lint(clone) == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "tool"),
    [
        ("b.sh", "#!/bin/sh\necho $1\n", "shellcheck"),
        ("b", "#!/bin/bash\necho $1\n", "shellcheck"),
        ("c d", "#!/usr/bin/env bash\necho $1\n", "shellcheck"),
        ("b.pkr.hcl", 'source "null" "x" {\ncommunicator="none"\n}\n', "packer fmt"),
        ("b.go", "package b\nfunc  f() {}\n", "gofmt"),
        ("b.go", "package b\nfunc {\n", "gofmt"),
        ("b.rs", "fn  main() {}\n", "rustfmt"),
    ],
)
def test_a_planted_file(clone: Path, name: str, text: str, tool: str) -> None:
    (clone / name).write_text(text)
    status, said = lint(clone)
    assert status == 1
    assert name in said
    assert [line for line in said.splitlines() if line.startswith(f"{tool}: ")]


def test_each_kind_is_looked_at(clone: Path) -> None:
    (clone / "b.sh").write_text("#!/bin/sh\necho $1\n")
    (clone / "b.rs").write_text("fn  main() {}\n")
    said = lint(clone)[1]
    assert "shellcheck: " in said and "rustfmt: " in said


def test_what_git_ignores_is_not_looked_at(clone: Path) -> None:
    (clone / ".gitignore").write_text("out\n")
    (clone / "out").write_text("#!/bin/sh\necho $1\n")
    assert lint(clone)[0] == 0
