# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: One line per step, live, with the time since the start
version_added: 0.1.0
author: Vessel contributors (@vessel)
description:
  - Prints a line for each task that does something.
  - Prints the lines that long modules report while they run.
  - Prints a failure as its message, line by line, and in the end where its codes are explained.
  - C(ansible-playbook) inside Packer hands its lines to the outermost one.
  - Says at least every ten seconds what was begun last, and how long ago.
  - Says after an interruption which stages are kept for the next run.
  - With C(-v) and more it is Ansible's default output, with the live lines in between.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - Set as stdout callback in the configuration.
"""

import atexit
import os
import re
import sys
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible_collections.vessel.image.plugins.module_utils._common import lifeline
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.progress import VARIABLE
from ansible_collections.vessel.image.plugins.module_utils._common.redact import redacted
from ansible_collections.vessel.image.plugins.module_utils._common.scratch import (
    scratch_file,
    scratch_root,
    sweep,
)

POLL = 0.2  # seconds between two looks at the file
PATIENCE = 0.5  # seconds after which a task that still runs gets its line
SILENCE = 9.0  # the longest without a line, in seconds
DONE = re.compile(r"\s*([\w.-]+): done after [0-9.]+ s")  # what _flow/making.py reports of a stage
# A role by its path (a user's own) has the collection's name before it.
ROLE_PATH = re.compile(r"^(?:[a-z_]+\.[a-z_]+\.)?/.*?([^/]+?) : ")
TAIL_LINES = 20
QUIET = (
    "include_",
    "import_",
    "add_host",
    "assert",
    "fail",
    "meta",
    "set_fact",
    "group_by",
    "debug",
)


class Watch:
    """Follows a file that modules and nested programs append to, and shows each new line."""

    def __init__(self, callback: CallbackModule) -> None:
        sweep(scratch_root())  # a run with nothing to do comes to no other broom
        self.file, self.lock = scratch_file("progress", scratch_root())
        self.callback = callback
        self.offset = 0
        self.ending = threading.Event()
        self.reading = threading.Lock()
        os.environ[VARIABLE] = str(self.file)
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()
        atexit.register(self.stop)  # an interrupted playbook tells no callback

    def show_new(self) -> None:
        """Show the whole lines that were appended since the last look."""
        with self.reading:
            with self.file.open("rb") as file:
                file.seek(self.offset)
                whole = file.read().rpartition(b"\n")[0]
            if whole:
                self.offset += len(whole) + 1
                for line in whole.decode(errors="replace").split("\n"):
                    self.callback.live(line)

    def stop(self) -> None:
        """Show the rest and remove the file; more than once does nothing."""
        if self.ending.is_set():
            return
        self.ending.set()
        self.thread.join()
        self.show_new()
        self.callback.interrupted()
        self.file.unlink(missing_ok=True)
        os.close(self.lock)

    def _follow(self) -> None:
        while not self.ending.wait(POLL):
            self.callback.announce_patiently()
            self.show_new()
            self.callback.break_silence()


class Blanking:
    """Ansible's display, through which all that a callback shows goes: secrets are blanked."""

    def __init__(self, display: Any) -> None:
        self._real = display

    def display(self, msg: Any, *given: Any, **named: Any) -> None:
        self._real.display(redacted(str(msg)), *given, **named)

    def banner(self, msg: Any, *given: Any, **named: Any) -> None:
        self._real.banner(redacted(str(msg)), *given, **named)

    # Ansible's own make a text of what they are given, and come to `display` then.
    def _error(self, *given: Any, **named: Any) -> None:
        type(self._real)._error(self, *given, **named)

    def _warning(self, *given: Any, **named: Any) -> None:
        type(self._real)._warning(self, *given, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class CallbackModule(DefaultCallback):  # type: ignore[misc]
    """Quiet by default, Ansible's own output with -v."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "vessel.image.progress"

    def __init__(self) -> None:
        super().__init__()
        self._display = Blanking(self._display)
        # Said here, before any task: this code runs in the Python that the modules will use.
        if find_spec("cerberus") is None:
            raise AnsibleError(
                "VES-912: this ansible-playbook has no Cerberus beside it."
                " Run `make setup` once, then `. .venv/bin/activate` in this shell."
            )
        lifeline.announce()
        self.started = time.monotonic()
        self.outer = os.environ.get(VARIABLE)  # the file of the run around this one
        self.watch: Watch | None = None
        self.waiting: tuple[str, float] | None = None  # a task without a line yet, and since when
        self.naming = threading.Lock()
        # What was begun and when, the last one last, by its first word: stages may run side by side.
        self.begun: dict[str, tuple[str, float]] = {}
        self.printed = self.started
        self.done: list[str] = []  # stages that are kept
        self.running = False  # a task
        self.codes: set[str] = set()  # of the errors that were shown

    @property
    def plain(self) -> bool:
        return bool(self._display.verbosity == 0)

    # -- lines ---------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """One line with the time, here or, in a nested run, where the run around it shows it."""
        if self.outer:
            with suppress(OSError), Path(self.outer).open("a", encoding="utf-8") as file:
                file.write(text + "\n")
            return
        stage = DONE.match(text)
        name = stage[1] if stage else text.strip().partition(":")[0]
        self.begun.pop(name, None)
        if stage:
            self.done.append(name)
        else:
            self.begun[name] = (text, time.monotonic())
        self.stamped(text)

    def stamped(self, text: str) -> None:
        """Print a line with the time since the start."""
        self.printed = time.monotonic()
        minutes, seconds = divmod(int(self.printed - self.started), 60)
        self.show(f"[{minutes:3d}:{seconds:02d}] {text}")

    def break_silence(self) -> None:
        """Say what was begun last, and when, if nothing else was said for long."""
        now = time.monotonic()
        if self.plain and not self.outer and now - self.printed > SILENCE:
            text, since = list(self.begun.values())[-1] if self.begun else ("", self.started)
            indent = text[: len(text) - len(text.lstrip())]
            self.stamped(f"{indent}… {now - since:.0f} s since: {text.strip()}")

    def interrupted(self) -> None:
        """After an interruption: what the next run need not do again."""
        if self.plain and not self.outer and self.running:
            kept = f"; kept for the next run: {', '.join(self.done)}" if self.done else ""
            self.stamped(f"interrupted{kept}")

    def show(self, text: str) -> None:
        """Print at once: Ansible flushes only now and then when its output is a file or a pipe."""
        self._display.display(text)
        with suppress(OSError):  # nobody reads any more
            sys.stdout.flush()

    def live(self, text: str) -> None:
        self.announce()
        self.line(f"  {text}")

    def block(self, text: str) -> None:
        """Lines of a message; a nested run's go to its own output, which Packer hands on."""
        self.codes.update(re.findall(r"\bVES-\d{3}\b", text))
        for line in redacted(text).rstrip().splitlines():  # a key has several
            self.show(f"  {line}")

    def announce(self) -> None:
        """Give the running task its line, once."""
        with self.naming:
            task, self.waiting = self.waiting, None
        if task and self.plain:
            self.line(task[0])

    def announce_patiently(self) -> None:
        task = self.waiting
        if task and time.monotonic() - task[1] > PATIENCE:
            self.announce()

    # -- events --------------------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook: Any) -> None:
        # For all that this run starts: nobody else writes in what a build will trust.
        os.umask(os.umask(0o022) | 0o022)
        with suppress(VesselError):  # of the cache; the first task that uses it says what is wrong
            self.watch = self.watch or Watch(self)
        if not self.plain:
            super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play
        if not self.plain:
            super().v2_playbook_on_play_start(play)

    def _task_start(self, task: Any, prefix: str | None = None) -> None:
        self.running = True
        if not self.plain:
            super()._task_start(task, prefix)
            return
        action = task.action.rpartition(".")[2]
        quiet = action.startswith(QUIET)
        with self.naming:
            self.waiting = None if quiet else (shown_name(task), time.monotonic())

    def v2_runner_on_ok(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_on_ok(result)
            return
        self._catch_up()
        self._handle_warnings_and_exception(result)
        if result.task.action.rpartition(".")[2] == "debug":
            for line in spoken(result.result):
                self.line(line)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not self.plain:
            super().v2_runner_on_failed(result, ignore_errors)
            return
        self._catch_up()
        name = shown_name(result.task)
        if ignore_errors:
            self.line(f"  failed, ignored: {message(result.result).splitlines()[0]}")
            return
        self.line(f"FAILED: {name}")
        if not result.result.get("results"):  # the items have shown theirs
            self.block(message(result.result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_on_unreachable(result)
            return
        self.v2_runner_on_failed(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_on_skipped(result)
            return
        self.running = False
        with self.naming:
            self.waiting = None

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_item_on_failed(result)
            return
        self._catch_up()
        self.block(f"{self._get_item_label(result.result)}: {message(result.result)}")

    def v2_runner_retry(self, result: Any) -> None:
        if not self.plain:
            super().v2_runner_retry(result)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if not self.plain:
            super().v2_playbook_on_include(included_file)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        if not self.plain:
            super().v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if not self.plain:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._catch_up()
        if self.watch:
            self.watch.stop()
            self.watch = None
        if not self.plain:
            super().v2_playbook_on_stats(stats)
        elif not self.outer:
            where = f"; docs/errors.md explains {', '.join(sorted(self.codes))}"
            failed = f"failed{where if self.codes else ''}"
            self.line(failed if stats.failures or stats.dark else "done")

    def _print_task_banner(self, task: Any) -> None:
        """Default's banner stands before a difference; plain output has the task's line."""
        if self.plain:
            self.announce()
            self._last_task_banner = task._uuid
        else:
            super()._print_task_banner(task)

    def _catch_up(self) -> None:
        """Show what the task reported before its end, so that the order is right."""
        self.running = False
        self.announce()
        if self.watch:
            self.watch.show_new()


def shown_name(task: Any) -> str:
    """A task's name; a role that was named by its path has its own name only."""
    return ROLE_PATH.sub(r"\1 : ", str(task.get_name()).strip())


def spoken(result: Any) -> list[str]:
    """What a `debug` task says: its message, or the variables it was asked for."""
    if "msg" in result:
        return message(result).splitlines()
    lines: list[str] = []
    for name, value in result.items():
        if not name.startswith("_") and name != "changed":
            values = value if isinstance(value, list) else [value]
            lines += [name, *(f"  {each}" for each in values)]
    return lines


def message(result: Any) -> str:
    """What a person should read of a result: its message, and what a failed command printed."""
    text = result.get("msg") or result.get("module_stderr") or ""
    lines = [str(line) for line in text] if isinstance(text, list) else str(text).splitlines()
    if result.get("rc"):
        printed = f"{result.get('stdout') or ''}\n{result.get('stderr') or ''}".splitlines()
        lines += [line for line in printed if line.strip() and line not in lines][-TAIL_LINES:]
    return "\n".join(lines).strip() or "It gave no reason; run again with -v."
