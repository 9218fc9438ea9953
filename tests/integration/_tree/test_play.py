"""A play on a tree in the sandbox: what it is told, what it leaves mounted, how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._tree.customize import contents
from ansible_collections.vessel.image.plugins.module_utils._tree.mounts import mounted_below
from ansible_collections.vessel.image.plugins.module_utils._tree.play import play

SANDBOX = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts"]
SANDBOX += ["--fork", "--kill-child", "--mount-proc"]
EPOCH = 1700000000
# In the sandbox: plays, and prints what happened.
PROGRAM = """
import json, sys
from pathlib import Path
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._tree.mounts import mounted_below
from ansible_collections.vessel.image.plugins.module_utils._tree.play import play
root, tree, epoch = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
try:
    play(root, "play.yml", tree, json.load(sys.stdin), epoch)
    error = ""
except VesselError as raised:
    error = str(raised)
print(json.dumps({"error": error, "mounted": sorted(map(str, mounted_below(tree)))}))
"""
# Mounts $1 as a layer below $2, with what changes beside it.
LAYER = """
mkdir "$2" "$2.upper" "$2.work" &&
mount -t overlay -o "lowerdir=$1,upperdir=$2.upper,workdir=$2.work" tree "$2" &&
shift 2 && exec "$@"
"""
HEAD = "- hosts: node\n  gather_facts: false\n"
SAYS = (
    HEAD
    + """
  tasks:
    - ansible.builtin.raw: printf %s {{ given.text | quote }} >/etc/text
    - ansible.builtin.raw: printf %s {{ given.texts | last | quote }} >/etc/texts
    - ansible.builtin.raw: echo {{ number + 1 }} {{ path }} $SOURCE_DATE_EPOCH >/etc/rest
    - ansible.builtin.raw: /bin/cat /proc/self/mountinfo >/etc/mounts
      when: wanted
    - ansible.builtin.raw: echo not this >/etc/text
      when: unwanted
"""
)
FAILS = (
    HEAD
    + """
  tasks:
    - name: Try what cannot be
      ansible.builtin.raw: echo the words of the task >&2; exit 3
    - ansible.builtin.raw: echo later >/etc/later
"""
)
CUSTOMIZES = (
    HEAD
    + """
  roles:
    - role: vessel.image.customize
      vars:
        customize_files: "{{ vessel_customize.files }}"
        customize_directories: "{{ vessel_customize.directories }}"
        customize_owners: "{{ vessel_customize.owners }}"
        customize_units: "{{ vessel_customize.units }}"
"""
)
TEXTS = [
    "{{ 1 + 1 }}",
    "{% if true %}yes{% endif %} {# gone #}",
    "{{ lookup('pipe', 'id') }}",
    "{{ no_such_variable }}",
    "{{",
    "two\n  lines: \t#\"of\" 'YAML' \\ ünï !unsafe &a *a",
    "yes",
    "0644",
    "",
]


@pytest.fixture
def place(root: Path, tmp_path: Path) -> Path:
    """A directory for a playbook, with the collection's configuration."""
    directory = tmp_path / "plays"
    directory.mkdir()
    text = (root / "ansible.cfg").read_text()
    assert "./collections" in text
    (directory / "ansible.cfg").write_text(text.replace("./collections", f"{root}/collections"))
    return directory


def played(
    place: Path, tree: Path, playbook: str, variables: dict[str, Any], *prefix: str | Path
) -> str:
    """The error's words, empty for none; nothing stays mounted, whatever happens."""
    (place / "play.yml").write_text(playbook)
    own = [sys.executable, "-c", PROGRAM, place, tree, str(EPOCH)]
    done = subprocess.run(
        [*SANDBOX, *prefix, *own],
        input=json.dumps(variables),
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "VESSEL_OUTSIDE": os.readlink("/proc/self/ns/mnt"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["mounted"] == []
    return str(found["error"])


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_arrives_as_it_stands(cache: Path, place: Path, small_tree: Path, text: str) -> None:
    given = {"text": text, "texts": ["first", text]}
    rest = {"number": 41, "path": "/a/path", "wanted": True, "unwanted": False}
    assert played(place, small_tree, SAYS, {"given": given, **rest}) == ""
    etc = small_tree / "etc"
    assert (etc / "text").read_text() == text == (etc / "texts").read_text()
    # What is no text stays what it is.
    assert (etc / "rest").read_text() == f"42 /a/path {EPOCH}\n"
    # While it runs, the tree has the kernel's file systems.
    assert " /proc rw," in (etc / "mounts").read_text()
    assert list((cache / "scratch").iterdir()) == []


def test_a_failing_task_is_told_in_its_own_words(
    place: Path, cache: Path, small_tree: Path
) -> None:
    error = played(place, small_tree, FAILS, {})
    assert error.startswith("VES-543: the play play.yml failed in the tree\n")
    assert "Try what cannot be" in error and "the words of the task" in error
    assert not (small_tree / "etc/later").exists()
    assert list((cache / "scratch").iterdir()) == []


def test_a_playbook_that_is_none_fails(place: Path, cache: Path, small_tree: Path) -> None:
    assert "VES-543" in played(place, small_tree, "- no playbook\n", {})


def test_a_directory_that_is_no_tree_fails(place: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    error = played(place, tmp_path / "empty", FAILS, {})
    assert error.startswith("VES-543") and "VES-922" in error


def test_outside_the_sandbox_nothing_is_mounted(place: Path, cache: Path, small_tree: Path) -> None:
    (place / "play.yml").write_text(FAILS)
    with pytest.raises(VesselError, match="VES-920"):
        play(place, "play.yml", small_tree, {}, EPOCH)
    assert mounted_below(small_tree) == set()


def test_what_a_spec_brings_is_no_template(
    root: Path, cache: Path, place: Path, package_tree: Path, tmp_path: Path
) -> None:
    """By the role that lays it down, in a node's tree."""
    wanted = load_spec(root / "specs/wasm-node.yml").customize
    common = {"owner": "root", "group": "root", "mode": "0640"}
    given = {f"/etc/own/{n}": f"{text}\n" for n, text in enumerate(TEXTS)}
    files = [{"path": path, "content": text, **common} for path, text in given.items()]
    wanted = {**wanted, "files": files, "cloud_init": {"bootcmd": ["echo {{ v1.region }}"]}}
    tree = tmp_path / "tree"
    layer = ("sh", "-c", LAYER, "sh", package_tree, tree)
    variables = {"vessel_customize": contents(wanted, {})}
    assert played(place, tree, CUSTOMIZES, variables, *layer) == ""
    upper = tmp_path / "tree.upper"
    assert {path: (upper / path[1:]).read_text() for path in given} == given
    assert {(upper / path[1:]).stat().st_mode & 0o777 for path in given} == {0o640}
    defaults = yaml.safe_load((upper / "etc/cloud/cloud.cfg.d/99-customize.cfg").read_text())
    assert defaults == {"bootcmd": ["echo {{ v1.region }}"]}
