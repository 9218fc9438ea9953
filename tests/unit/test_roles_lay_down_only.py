"""The node's roles lay down files and enable units; they never touch what runs.

So they are right in a bare directory and in a machine alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = ("playbooks/node.yml", "playbooks/seal.yml")
LIVE_STATES = {"started", "restarted", "reloaded"}
LIVE_KEYS = {"notify", "handlers", "listen"}
LIVE_FLAGS = {"daemon_reload", "daemon-reload", "daemon_reexec", "sysctl_set"}
LIVE_MODULES = {"service_facts", "setup", "gather_facts", "modprobe", "reboot"}
LIVE_COMMANDS = re.compile(
    r"\bsystemctl\s+(--\S+\s+)*(start|restart|try-restart|reload\S*|daemon-\S+|is-active|status)\b"
    r"|\bservice\s+\S+\s+(start|restart|reload)\b|\bmodprobe\b|\bsysctl\s+(-w|-p|--system)"
)
INCLUDES = {"import_role", "include_role"}


class _Loader(yaml.SafeLoader):
    """Reads Ansible's own tags (`!vault`, `!unsafe`) as nothing."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=_Loader)


def short(name: object) -> str:
    """The last word of a module's or role's name."""
    return str(name).rsplit(".", maxsplit=1)[-1]


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, and every list item with an empty key, at any depth."""
    items = value.items() if isinstance(value, dict) else [("", item) for item in value]
    for key, item in items:
        yield str(key), item
        if isinstance(item, dict | list):
            yield from walk(item)


def live(value: Any) -> Iterator[str]:
    """What in a list of tasks or plays touches the running system."""
    for play in value or []:
        if "hosts" in play and play.get("gather_facts") is not False:
            yield "facts are gathered"
    for key, item in walk(value or []):
        flagged = key in LIVE_KEYS or (key in LIVE_FLAGS and item)
        gathers = short(key) in LIVE_MODULES and (key != "gather_facts" or item is not False)
        if flagged or gathers:
            yield key
        elif key == "state" and str(item) in LIVE_STATES:
            yield f"state: {item}"
        elif key != "name" and (command := LIVE_COMMANDS.search(words_of(item))):
            yield command.group()


def words_of(item: Any) -> str:
    """A command as one line; its arguments may be a list."""
    if isinstance(item, list) and all(isinstance(word, str) for word in item):
        return " ".join(item)
    return item if isinstance(item, str) else ""


def roles_of(root: Path, playbook: Path) -> set[str]:
    """The roles that a playbook uses, with their dependencies."""
    names: set[str] = set()
    waiting = [playbook]
    while waiting:
        for key, item in walk(read(waiting.pop()) or []):
            if key in ("roles", "dependencies"):
                new = {
                    short(r.get("role") or r.get("name") if isinstance(r, dict) else r)
                    for r in item
                }
            elif short(key) in INCLUDES and "{{" not in item["name"]:  # a user's role is theirs
                new = {short(item["name"])}
            else:
                continue
            for name in new - names:
                names.add(name)
                waiting += files_of(root / "roles" / name, "meta", "tasks")
    return names


def files_of(role: Path, *folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((role / folder).rglob("*.y*ml"))
        if path.name != "argument_specs.yml"
    ]


def problems(root: Path) -> list[str]:
    """Each live thing in the playbooks of the node and their roles, as `file: words`."""
    paths = []
    for playbook in (root / name for name in PLAYBOOKS):
        paths.append(playbook)
        for name in sorted(roles_of(root, playbook)):
            role = root / "roles" / name
            assert role.is_dir(), f"{playbook} names the role {name}, which is not there"
            paths += files_of(role, "tasks", "handlers")
    found = [f"{path.relative_to(root)}: {words}" for path in paths for words in live(read(path))]
    return found + [
        f"{path.relative_to(root)}: a handler" for path in paths if path.parent.name == "handlers"
    ]


def test_the_node(root: Path) -> None:
    for playbook in PLAYBOOKS:
        assert roles_of(root, root / playbook), f"{playbook} uses no role: nothing was checked"
    assert problems(root) == []


GOOD = """
- name: Never restarts; enabled only
  ansible.builtin.systemd_service: {name: containerd, enabled: true}
- name: Lay down
  ansible.builtin.copy: {dest: /etc/x, content: y, mode: "0644"}
- name: A folder
  ansible.builtin.file: {path: /etc/y, state: directory, mode: "0755"}
"""


def plant(root: Path, tasks: str, play: str = "", handlers: str = "", meta: str = "") -> Path:
    """A collection whose node has one role."""
    files = {
        "playbooks/node.yml": f"- hosts: node\n  gather_facts: false\n  roles: [base]\n{play}",
        "playbooks/seal.yml": "- hosts: node\n  gather_facts: false\n",
        "roles/base/tasks/main.yml": tasks,
        "roles/base/handlers/main.yml": handlers,
        "roles/base/meta/main.yml": meta,
        "roles/late/tasks/main.yml": "- ansible.builtin.systemd: {name: x, state: started}\n",
    }
    for name, text in files.items():
        if text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return root


def test_a_good_role(tmp_path: Path) -> None:
    assert problems(plant(tmp_path, GOOD)) == []


@pytest.mark.parametrize(
    "task",
    [
        "- ansible.builtin.systemd: {name: x, state: started}",
        "- service: {name: x, state: restarted}",
        "- block:\n    - ansible.builtin.service: {name: x, state: reloaded}",
        "- ansible.builtin.systemd_service: {daemon_reload: true}",
        "- ansible.builtin.copy: {dest: /x}\n  notify: again",
        "- ansible.builtin.service_facts:",
        "- ansible.builtin.setup:",
        "- ansible.builtin.command: systemctl --now restart x",
        "- ansible.builtin.shell: {cmd: 'true && systemctl daemon-reload'}",
        "- ansible.builtin.command: {argv: [sh, -c, modprobe overlay]}",
        "- ansible.builtin.command: {argv: [systemctl, restart, x]}",
        "- community.general.modprobe: {name: overlay}",
        "- ansible.builtin.import_role: {name: late}",
        "- ansible.builtin.include_role: {name: vessel.image.late}",
    ],
)
def test_a_planted_task(tmp_path: Path, task: str) -> None:
    assert problems(plant(tmp_path, GOOD + task + "\n"))


def test_planted_elsewhere(tmp_path: Path) -> None:
    for number, planted in enumerate(
        [
            {"handlers": "- name: again\n  ansible.builtin.debug:\n"},
            {"meta": "dependencies: [late]\n"},
            {"meta": "dependencies:\n  - role: vessel.image.late\n"},
            {"play": "  handlers: []\n"},
            {"play": "- hosts: node\n  gather_facts: true\n"},
            {"play": "- hosts: node\n"},
        ]
    ):
        assert problems(plant(tmp_path / str(number), GOOD, **planted)), planted
