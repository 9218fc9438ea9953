"""`ansible-playbook build-image.yml` as a user meets it, up to where a build would begin."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def check(root: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the front door with `--check` from `directory`."""
    return subprocess.run(
        ["ansible-playbook", root / "build-image.yml", "--check", *arguments],
        cwd=directory,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_prints_the_plan_and_a_spec_is_relative_to_the_user(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.yml").write_text(
        'schema: 1\nname: own\nkubernetes:\n  version: "1.36.3"\n', encoding="utf-8"
    )
    done = check(root, tmp_path, "-e", "spec=own.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plan (not locked) for debian-13-amd64-v1.36.3-own" in done.stdout
    assert "runs  packages  (not locked)  install the locked Debian packages" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["own.yml"]


def test_every_problem_of_a_spec_is_told_at_its_place(root: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(
        "schema: 1\nname: bad\nkubernetis: {}\nkubernetes:\n  version: 1.36\n", encoding="utf-8"
    )
    done = check(root, tmp_path, "-e", "spec=bad.yml")
    assert done.returncode != 0
    assert "bad.yml:3:1: VES-" in done.stdout
    assert "bad.yml:5:12: VES-" in done.stdout
    assert "failed; docs/errors.md explains VES-206, VES-209\n" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
