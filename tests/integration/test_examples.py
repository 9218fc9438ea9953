"""The examples in the documentation of modules are run: here, in a copy of this clone with the
image that `make image` left, or by the playbook that is named here and does just that."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from faults.builds import SPEC, copy_project, fill_cache

# Need a sandbox or a guest: every build or proof runs such a task.
RUN_ELSEWHERE = {
    "guest": "molecule/shared/create.yml",
    "prove": "molecule/shared/create.yml",
    "boot": "playbooks/boot.yml",
}
IN_A_ROLE = {"contents"}
BROUGHT = {"import_image_builder": ("extra_vars", "internal_repos", "tkg", "vsphere")}
BEFORE = ("unchanged", "lock", "plan", "store", "summary", "report", "cache", "compare", "packer")
# What they need that is no part of them.
OVERLAY = {"templates/rootfs/etc/example/key": "secret\n", "files/example": "program\n"}


def examples(root: Path, name: str) -> list[dict[str, Any]]:
    module = importlib.import_module(f"ansible_collections.vessel.image.plugins.modules.{name}")
    found: list[dict[str, Any]] = yaml.safe_load(module.EXAMPLES)
    assert found
    return found


def names(root: Path) -> set[str]:
    return {path.stem for path in (root / "plugins/modules").glob("[a-z]*.py")}


def play(place: Path, tasks: Any, *words: str, **more: Any) -> str:
    content = [{"hosts": "localhost", "gather_facts": False, **more, "tasks": tasks}]
    (place / "examples.yml").write_text(yaml.dump(content))
    done = subprocess.run(
        ["ansible-playbook", "examples.yml", *words],
        cwd=place,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(place / "ansible.cfg"),
            "VESSEL_CACHE": str(place / "cache"),  # one of the examples makes it smaller
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this clone with its lock and image."""
    place = tmp_path_factory.mktemp("clone")
    root = plan.root
    lock = (root / SPEC).with_suffix(".lock.yml")
    copy_project(place, lock)
    fill_cache(place / "cache", lock)
    for name in ("wasm-node", "wasm-node-before"):
        shutil.copytree(root / "output/wasm-node", place / f"output/{name}", copy_function=linked)
    return place


def linked(source: str, target: str) -> None:
    """The image takes no room; what examples write replaces files and never changes them."""
    Path(target).hardlink_to(source)


def test_each_module_has_examples_that_are_run(root: Path) -> None:
    assert names(root) == {*BEFORE, *RUN_ELSEWHERE, *IN_A_ROLE, *BROUGHT}
    for name, playbook in RUN_ELSEWHERE.items():
        assert f"vessel.image.{name}:" in (root / playbook).read_text()


def test_examples(root: Path, clone: Path) -> None:
    tasks = [task for name in BEFORE for task in examples(root, name) if task_needs_no_build(task)]
    tasks.sort(key=lambda task: "vessel.image.plan" not in task)  # the others take its plan's id
    for task in tasks:
        if "vessel.image.plan" in task:
            task["register"] = "vessel_plan"
    said = play(clone, tasks)
    assert "files in it:" in said  # of compare


@pytest.mark.parametrize("name", BROUGHT)
def test_examples_of_an_import(root: Path, clone: Path, name: str) -> None:
    for file in BROUGHT[name]:
        (clone / f"{file}.json").write_text('{"kubernetes_semver": "v1.36.3"}')
    for directory in ("tkg", "../image-builder/images/capi"):
        (clone / directory).mkdir(parents=True)
    tasks = examples(root, name)
    play(clone, tasks)
    for task in tasks:
        assert "1.36.3" in (clone / task[f"vessel.image.{name}"]["spec"]).read_text()


def task_needs_no_build(task: dict[str, Any]) -> bool:
    """Packer's first example is a whole build, and `make image` is that."""
    return task.get("vessel.image.packer", {}).get("command") != "build" and (
        "vessel.image.packer" not in task or "command" in task["vessel.image.packer"]
    )


def test_examples_of_roles(root: Path, clone: Path) -> None:
    role = clone / "roles/example"
    for name, text in OVERLAY.items():
        (role / name).parent.mkdir(parents=True, exist_ok=True)
        (role / name).write_text(text)
    (role / "tasks").mkdir()
    (role / "tasks/main.yml").write_text(yaml.dump(examples(root, "contents")))
    # Only compared: it is this host that the role would change.
    include = {"name": "Run the role", "ansible.builtin.include_role": {"name": str(role)}}
    play(clone, [include], "--check")
