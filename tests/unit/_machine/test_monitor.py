"""The power button against a stand-in for QEMU's monitor."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._machine.monitor import (
    SOCKET,
    press_power_button,
)


def monitor(directory: Path, answers: dict[str, str], heard: list[str]) -> threading.Thread:
    """Listens for one connection, answers each command, with an event before each answer."""
    listener = socket.socket(socket.AF_UNIX)
    before = Path.cwd()
    os.chdir(directory)  # the path is longer than a socket's address
    listener.bind(SOCKET)
    os.chdir(before)
    listener.listen()

    def serve() -> None:
        with listener, listener.accept()[0] as line, line.makefile("rw") as file:
            file.write('{"QMP": {}}\n')
            file.flush()
            for text in file:
                heard.append(json.loads(text)["execute"])
                file.write(f'{{"event": "X"}}\n{{"{answers.get(heard[-1], "return")}": {{}}}}\n')
                file.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_the_button_is_pressed_however_long_the_path(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 120)
    directory.mkdir()
    heard: list[str] = []
    thread = monitor(directory, {}, heard)
    assert press_power_button(directory)
    thread.join()
    assert heard == ["qmp_capabilities", "system_powerdown"]


def test_a_refusal_is_told(tmp_path: Path) -> None:
    heard: list[str] = []
    thread = monitor(tmp_path, {"system_powerdown": "error"}, heard)
    assert not press_power_button(tmp_path)
    thread.join()


def test_nobody_listens(tmp_path: Path) -> None:
    assert not press_power_button(tmp_path)
    assert not press_power_button(tmp_path / "missing")
