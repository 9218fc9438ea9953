"""A whole virtual machine with a card that speaks: iPXE, which QEMU's package brings.

It asks for an address by DHCP, and then by HTTP for what the answer names.
"""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import console, process
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import free_port
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import (
    GATEWAY,
    PROGRAM,
    Machine,
    argv,
)
from own_address import own_address

ROM = Path("/usr/lib/ipxe/qemu/pxe-virtio.rom")
pytestmark = pytest.mark.skipif(
    not (shutil.which(PROGRAM) and ROM.exists()), reason="QEMU or iPXE is not installed"
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    """For every address of this host; `asked` is what for."""
    with http.server.ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("where", ["out", "back"])
def test_a_guest_gets_out_and_not_back(
    tmp_path: Path, server: http.server.ThreadingHTTPServer, where: str
) -> None:
    host = GATEWAY if where == "back" else own_address()
    disk = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], check=True)
    machine = Machine(
        disk=disk,
        console=tmp_path / "console",
        accelerator="tcg",
        port=free_port(),
        network=True,
        memory_mib=128,
        cpus=1,
    )
    words = argv(machine)
    for old, new in (
        ("romfile=", "bootindex=0"),  # the card starts the machine, not the disk
        ("drive=disk,bootindex=0", "drive=disk"),
        ("ipv6=off,", f"ipv6=off,bootfile=http://{host}:{server.server_port}/asked,"),
    ):
        assert any(old in word for word in words)
        words = [word.replace(old, new) for word in words]
    words[words.index("-vga") + 1] = "none"
    words[words.index("-machine") + 1] += ",graphics=off"  # the firmware speaks on the serial port
    said = ""
    running = process.start(words, tmp_path / "said", cwd=tmp_path)
    try:
        deadline = time.monotonic() + 240
        while "No more network devices" not in said:
            assert running.alive(), (tmp_path / "said").read_text()
            assert time.monotonic() < deadline, said[-1000:]
            time.sleep(0.5)
            said = console.read(machine.console)
            if where == "back" and "/asked" in said.partition("net0: 10.0.2.15")[2]:
                time.sleep(20)  # what would come, had come by now
                break
    finally:
        running.stop()
    assert "net0: 10.0.2.15/255.255.255.0 gw 10.0.2.2" in said
    assert server.asked == ([] if where == "back" else ["/asked"])  # type: ignore[attr-defined]
