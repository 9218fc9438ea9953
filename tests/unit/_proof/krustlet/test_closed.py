"""Who knocks on Krustlet's port tells a door that is shut from one that is not there."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet.state import KNOCK
from made_certificates import SERVER, Made, make

HOSTS = ("127.0.0.1", "127.0.0.2")
Door = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), "server", SERVER)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOSTS[0], 0)) as listening:
        yield listening


def knocked(listener: socket.socket, *doors: Door) -> str:
    """What is said of a port that does so with one connection after the other."""

    def serve() -> None:
        for door in doors:
            line, _address = listener.accept()
            with line:
                door(line)

    threading.Thread(target=serve, daemon=True).start()
    port = str(listener.getsockname()[1])
    words = [sys.executable, "-c", KNOCK, HOSTS[0], port, *HOSTS]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.strip()


def tls(made: Made, *, asks: bool) -> Door:
    """A server; one that `asks` wants a certificate of whoever comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED

    def answer(line: socket.socket) -> None:
        try:
            with context.wrap_socket(line, server_side=True) as door:
                door.recv(1000)
                door.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        except OSError:
            assert asks

    return answer


def shut(line: socket.socket) -> None:
    """What Krustlet does to a stranger."""


def test_a_door_that_is_shut_is_told_from_none(made: Made, listener: socket.socket) -> None:
    assert knocked(listener, tls(made, asks=True), shut) == "refused refused"


def test_a_door_that_opens_is_told(made: Made, listener: socket.socket) -> None:
    assert knocked(listener, tls(made, asks=False), shut) == "answers refused"
    assert knocked(listener, shut, tls(made, asks=False)) == "refused answers"


def test_nobody_listens(listener: socket.socket) -> None:
    port = str(listener.getsockname()[1])
    listener.close()
    words = [sys.executable, "-c", KNOCK, HOSTS[0], port, *HOSTS]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "nobody nobody\n"
