"""QEMU in its sandbox and without root's rights still has what a guest needs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import process
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import (
    PROGRAM,
    Machine,
    argv,
)
from ansible_collections.vessel.image.plugins.module_utils._machine.seed import write_seed

pytestmark = pytest.mark.skipif(not shutil.which(PROGRAM), reason="QEMU is not installed")


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_seed_is_read_after_the_rights_are_given_up(tmp_path: Path, umask: int) -> None:
    """QEMU opens the files of a seed when the guest reads them, in a directory closed to others."""
    place = tmp_path / "guest"
    place.mkdir(mode=0o700)
    before = os.umask(umask)
    try:
        write_seed(place / "seed", "node", "ssh-ed25519 AAAA x")
    finally:
        os.umask(before)
    words = argv(Machine(place / "disk", place / "console", "tcg", seed=place / "seed"))
    options = ("-blockdev", "-sandbox", "-runas", "-run-with")
    kept = [word for pair in pairwise(words) if pair[0] in options for word in pair]
    assert "-sandbox" in kept and "-blockdev" in kept
    kept += ["-nodefaults", "-machine", "none", "-display", "none"]
    kept += ["-qmp", "unix:../m.socket,server=on,wait=off"]
    running = process.start([PROGRAM, *kept], place / "said", cwd=place / "seed")
    try:
        ask(place, "human-monitor-command", {"command-line": 'qemu-io seed "read -v 0 1M"'})
        read = (place / "said").read_text()  # qemu-io prints
        assert "read 1048576/1048576" in read, read[-300:]
        assert "hostname" in text(read)
        if os.geteuid() == 0:
            status = dict(
                line.split(":\t")
                for line in Path(f"/proc/{machine(running.pid)}/status").read_text().splitlines()
            )
            assert set(status["Uid"].split()) == {"65534"}
            assert status["CapEff"].strip("0") == ""
            assert status["Seccomp"] == "2"
            assert status["NoNewPrivs"] == "1"
    finally:
        running.stop()


def machine(pid: int) -> int:
    """QEMU below the program that limits its life."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def text(dump: str) -> str:
    """The bytes of a hexadecimal dump that are text."""
    rows = (line.split("  ") for line in dump.splitlines())
    return "".join(row[-1].strip() for row in rows if len(row) > 2)


def ask(place: Path, command: str, arguments: dict[str, Any]) -> None:
    deadline = time.monotonic() + 20
    here = Path.cwd()
    os.chdir(place)
    try:
        while not Path("m.socket").exists():
            assert time.monotonic() < deadline, (place / "said").read_text()
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("m.socket")
            file = line.makefile("rw")
            file.readline()
            for name, given in (("qmp_capabilities", {}), (command, arguments)):
                file.write(json.dumps({"execute": name, "arguments": given}) + "\n")
                file.flush()
                while "return" not in (answer := json.loads(file.readline())):
                    assert "error" not in answer, answer
    finally:
        os.chdir(here)
