"""`ansible-playbook build-image.yml` as a user meets it, up to where a build would begin."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan


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


def test_check_says_that_there_is_no_lock_and_a_spec_is_relative_to_the_user(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.yml").write_text(
        'schema: 1\nname: own\nkubernetes:\n  version: "1.36.3"\n', encoding="utf-8"
    )
    done = check(root, tmp_path, "-e", "spec=own.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no plan for own yet: the spec is not locked" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["own.yml"]


def test_check_prints_the_plan_of_a_locked_spec(root: Path, tmp_path: Path, plan: Plan) -> None:
    """Every stage with its id, and whether it would run."""
    done = check(root, tmp_path, "-e", "output=nowhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"plan {plan.id[:12]} for {plan.stem}" in done.stdout
    for stage in plan.stages:
        line = rf"^.* (kept|runs)  {re.escape(stage.name)} +{stage.id[:12]}  {stage.title}$"
        assert re.search(line, done.stdout, re.MULTILINE), line
    assert list(tmp_path.iterdir()) == []


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
