"""What a person sees of a playbook, with another playbook inside it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.callback import progress

OUTER = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Long step
      ansible.builtin.shell: echo half >> "$VESSEL_PROGRESS"
    - name: Left out
      ansible.builtin.command: "true"
      when: false
    - name: Harmless
      ansible.builtin.command: "false"
      ignore_errors: true # what the callback says of it is tested
    - name: Say
      ansible.builtin.debug:
        msg: [one, two]
    - name: Inside
      ansible.builtin.command: ansible-playbook inner.yml
"""
INNER = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Inner step
      ansible.builtin.shell: echo inner half >> "$VESSEL_PROGRESS"
    - name: Inner failure
      ansible.builtin.fail:
        msg: "VES-999: it broke\\n    Mend it."
"""
SLOW = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Slow step
      ansible.builtin.shell: >-
        echo half >> "$VESSEL_PROGRESS"; until [ -e go-on ]; do sleep 0.1; done;
        echo the other >> "$VESSEL_PROGRESS"
"""
SHOWN = """\
Long step
  half
Harmless
  failed, ignored: non-zero return code
one
two
Inside
  Inner step
    inner half
  FAILED: Inner failure
FAILED: Inside
  non-zero return code
  VES-999: it broke
  Mend it.
failed; docs/errors.md explains VES-999
"""


def test_lines_are_live_nested_and_plain(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outer.yml").write_text(OUTER)
    (tmp_path / "inner.yml").write_text(INNER)
    status, said = play(root, tmp_path, "outer.yml")
    assert status == 2
    lines = [re.sub(r"^\[ *\d+:\d\d\] ", "", line) for line in said.splitlines()]
    assert [line.split() for line in lines] == [line.split() for line in SHOWN.splitlines()]
    assert list(tmp_path.glob("vessel-progress-*")) == []


def test_verbose_is_the_default_output(root: Path, tmp_path: Path) -> None:
    (tmp_path / "inner.yml").write_text(INNER)
    _, said = play(root, tmp_path, "inner.yml", "-v")
    assert "TASK [Inner step]" in said
    assert "PLAY RECAP" in said
    assert "inner half" in said


SECRETS = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Say http://me:hunter2@h.example/a
      ansible.builtin.debug:
        msg: ["Authorization: Bearer hunter2hunter2", "machine h login me password hunter2"]
    - name: Report
      ansible.builtin.shell: echo "of https://h.example/?sig=hunter2" >> "$VESSEL_PROGRESS"
    - name: Fail
      ansible.builtin.shell: echo "password=hunter2"; echo "got $MY_TOKEN"; exit 3
      environment: {MY_TOKEN: "{{ lookup('env', 'MY_TOKEN') }}"}
"""


@pytest.mark.parametrize("words", [(), ("-v",)])
def test_secrets_are_blanked_in_all_that_is_shown(
    root: Path, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.yml").write_text(SECRETS)
    monkeypatch.setenv("MY_TOKEN", "swordfish-swordfish")
    status, said = play(root, tmp_path, "secrets.yml", *words)
    assert status == 2
    assert "<redacted>" in said
    shown = [line for line in said.splitlines() if "hunter2" in line or "swordfish" in line]
    assert shown == []


def play(root: Path, folder: Path, *words: str) -> tuple[int, str]:
    environment = {k: v for k, v in os.environ.items() if k != "VESSEL_PROGRESS"}
    done = subprocess.run(
        ["ansible-playbook", *words],
        cwd=folder,
        env={**environment, "ANSIBLE_CONFIG": str(root / "ansible.cfg"), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def playing_slowly(root: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["ansible-playbook", "slow.yml"],
        cwd=folder,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_lines_reach_a_pipe_while_the_module_runs(root: Path, tmp_path: Path) -> None:
    """Ansible itself fills a buffer first when nobody watches on a terminal."""
    (tmp_path / "slow.yml").write_text(SLOW)
    with playing_slowly(root, tmp_path) as child:
        assert child.stdout is not None
        seen = ""
        while "half" not in seen:
            line = child.stdout.readline()
            assert line, "the playbook ended, and half of it was never shown alone"
            seen += line
        assert child.poll() is None
        (tmp_path / "go-on").touch()
        assert "the other" in child.stdout.read()


def test_an_interruption_says_what_is_kept(root: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.yml").write_text(
        SLOW.replace("echo half", "echo 'packages: done after 2.0 s'")
    )
    with playing_slowly(root, tmp_path) as child:
        assert child.stdout is not None
        seen = ""
        while "packages: done" not in seen:
            seen += child.stdout.readline()
        os.killpg(child.pid, signal.SIGINT)
        assert "interrupted; kept for the next run: packages\n" in child.stdout.read()


def test_nothing_is_silent_for_long(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(progress.Watch, "_follow", lambda self: None)
    callback = progress.CallbackModule()
    callback.line("  packages: installing 228 packages")
    callback.line("  preload: unpacking 7 images")
    callback.line("  preload: done after 2.0 s")
    callback.break_silence()
    callback.printed -= progress.SILENCE + 1
    text, since = callback.begun["packages"]
    callback.begun["packages"] = (text, since - 10)
    callback.break_silence()
    callback.break_silence()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[3].endswith("]   … 10 s since: packages: installing 228 packages")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("vessel.image./a b/roles/site : Lay down", "site : Lay down"),
        ("/work/roles/site : Lay down a/b : c", "site : Lay down a/b : c"),
        ("vessel.image.base : Lay down", "vessel.image.base : Lay down"),
        ("Read /etc/motd", "Read /etc/motd"),
    ],
)
def test_a_users_role_goes_by_its_name(name: str, shown: str) -> None:
    assert progress.shown_name(SimpleNamespace(get_name=lambda: name)) == shown
