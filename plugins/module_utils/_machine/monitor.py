"""Pressing a machine's power button, through QEMU's monitor.

Format: QMP, one JSON object a line each way; the first command must be `qmp_capabilities`.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

SOCKET = "monitor.socket"
TIMEOUT = 10.0


def press_power_button(directory: Path) -> bool:
    """Ask the machine whose monitor is in `directory` to switch itself off; False when nobody
    listens there. Whether it does so is for the caller to see."""
    try:
        with _connected(directory) as line:
            file = line.makefile("rw", encoding="utf-8", newline="\n")
            file.readline()  # the greeting
            return _told(file, "qmp_capabilities") and _told(file, "system_powerdown")
    except (OSError, ValueError):
        return False


def _connected(directory: Path) -> socket.socket:
    """A socket's address holds 107 bytes at most, so the directory goes in by its descriptor."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(TIMEOUT)
        try:
            line.connect(f"/proc/self/fd/{descriptor}/{SOCKET}")
        except OSError:
            line.close()
            raise
        return line
    finally:
        os.close(descriptor)


def _told(file: Any, command: str) -> bool:
    """Send one command and read up to its answer; events may come in between."""
    file.write(json.dumps({"execute": command}) + "\n")
    file.flush()
    while text := file.readline():
        answer = json.loads(text)
        if "return" in answer or "error" in answer:
            return "return" in answer
    return False
