"""QEMU takes a visitor's words and hears the power button, with no machine in it."""

from __future__ import annotations

import shutil
import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import process
from ansible_collections.vessel.image.plugins.module_utils._machine.monitor import (
    SOCKET,
    press_power_button,
)
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import Forward, free_port
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import (
    PROGRAM,
    Machine,
    argv,
)


@pytest.mark.skipif(not shutil.which(PROGRAM), reason="QEMU is not installed")
def test_monitor_and_forwarded_ports(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    machine = Machine(
        disk=tmp_path / "disk",
        console=tmp_path / "console",
        accelerator="tcg",
        port=port,
        forwards=(Forward(other, 80),),
        network=True,
        monitor=SOCKET,
    )
    words = argv(machine)
    wanted = [
        word
        for option, value in pairwise(words)
        if option in ("-netdev", "-mon") or (option == "-chardev" and "id=monitor" in value)
        for word in (option, value)
    ]
    assert len(wanted) == 6
    empty = [PROGRAM, "-nodefaults", "-machine", "none", "-display", "none", "-monitor", "none"]
    output = tmp_path / "output"
    running = process.start([*empty, *wanted], output, cwd=tmp_path, lasting=True)
    try:
        deadline = time.monotonic() + 20
        while not press_power_button(tmp_path):
            assert running.alive(), output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for each in (port, other):
            socket.create_connection(("127.0.0.1", each), timeout=5).close()
    finally:
        running.stop()
    assert not running.alive()
