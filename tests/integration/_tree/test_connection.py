"""The tree connection in the sandbox, on a tree of a shell, `cat` and what they link to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.add_host:
        name: tree
        ansible_connection: vessel.image.tree
        ansible_host: "{tree}"
        ansible_pipelining: false
        vessel_source_date_epoch: 1700000000

- hosts: tree
  gather_facts: false
  tasks:
    - ansible.builtin.raw: |
        /bin/env > /etc/environment-seen
        echo x > /dev/null && echo y > /run/here && /bin/ls /sys/class/net > /etc/interfaces-seen
    - ansible.builtin.script: ./script.sh
"""
SCRIPT = """#!/bin/sh
echo "$0" > /link
/bin/cat /proc/self/mountinfo > /etc/mounts-seen
"""
SANDBOX = [
    "unshare",
    "--mount",
    "--pid",
    "--net",
    "--ipc",
    "--uts",
    "--fork",
    "--kill-child",
    "--mount-proc",
]


def play(root: Path, tree: Path, prefix: list[str], **environment: str) -> tuple[int, str]:
    folder = tree.parent
    (folder / "play.yml").write_text(PLAY.format(tree=tree))
    (folder / "script.sh").write_text(SCRIPT)
    done = subprocess.run(
        [*prefix, "ansible-playbook", folder / "play.yml"],
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_commands_run_inside_and_leave_nothing_behind(root: Path, small_tree: Path) -> None:
    outside, tree = str(Path("/proc/self/ns/mnt").readlink()), small_tree
    status, said = play(root, tree, SANDBOX, VESSEL_OUTSIDE=outside, https_proxy="http://secret")
    assert status == 0, said
    seen = (tree / "etc/environment-seen").read_text()
    assert "SOURCE_DATE_EPOCH=1700000000\n" in seen
    assert "secret" not in seen
    assert (tree / "etc/interfaces-seen").read_text() == "lo\n"
    # an absolute link leads where it leads in the tree; the script lay on the tree's own tmpfs
    assert (tree / "etc/through-the-link").read_text().startswith("/tmp/.ansible/")
    mounts = (tree / "etc/mounts-seen").read_text()
    assert "/sys ro," in mounts
    for name in ("proc", "sys", "dev", "run", "tmp", "root"):
        assert list((tree / name).iterdir()) == []
    assert str(tree) not in Path("/proc/self/mountinfo").read_text().replace("\\040", " ")


@pytest.mark.parametrize(
    ("prefix", "outside", "code"),
    [
        ([], "", "VES-920"),
        (["unshare", "--net"], "", "VES-920"),
        (["unshare", "--mount"], "another", "VES-921"),
    ],
)
def test_outside_the_sandbox_it_refuses(
    root: Path, small_tree: Path, prefix: list[str], outside: str, code: str
) -> None:
    status, said = play(root, small_tree, prefix, VESSEL_OUTSIDE=outside)
    assert status != 0
    assert code in said
    assert not (small_tree / "etc/environment-seen").exists()
