"""Passwords of mirrors and proxies: apt gets them, and nobody else who looks."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import aptauth, debian
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob
from ansible_collections.vessel.image.plugins.module_utils._store import debs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

USER, PASSWORD = "me", "hunter2@a/b:c"
DATA = b"a package"
DEB = Blob(hashlib.sha256(DATA).hexdigest(), len(DATA), "a",
           {"archive": "debian", "path": "pool/a+b_1.deb"})  # fmt: skip
# What of the password would stand in a text: as it is, and as a URL has it.
PARTS = ("hunter2", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())


class Mirror(ThreadingHTTPServer):
    """Has one file, for USER only; it keeps the command lines of all processes meanwhile."""

    def __init__(self, address: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), Handler)
        host = f"[{address}]" if ":" in address else address
        log_in = f"{USER}:{quote(PASSWORD, safe='')}"
        self.root = f"http://{log_in}@{host}:{self.server_address[1]}/debian/"
        self.command_lines = ""
        self.data = DATA


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                self.server.command_lines += process.read_text(errors="replace")
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        found = self.path == "/debian/pool/a%2Bb_1.deb"
        allowed = self.headers["Authorization"] == wanted
        self.send_response(401 if not allowed else 200 if found else 404)
        self.send_header("Content-Length", str(len(self.server.data) if allowed and found else 0))
        self.end_headers()
        if allowed and found:
            self.wfile.write(self.server.data)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(params=["127.0.0.1", "::1"])
def mirror(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,::1,[::1]")
    with Mirror(request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_password_is_on_no_command_line(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert debs.fetch_debs([DEB], store, mirrors={"debian": mirror.root}) == len(DATA)
    assert "apt-helper" in mirror.command_lines
    assert not [part for part in PARTS if part in mirror.command_lines]
    assert [path for path in (cache / "scratch").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("data", "code"), [(b"A package", "VES-402"), (b"", "VES-402")])
def test_a_password_is_in_no_error(
    mirror: Mirror, cache: Path, tmp_path: Path, data: bytes, code: str
) -> None:
    mirror.data = data
    with pytest.raises(VesselError, match=code) as caught:
        debs.fetch_debs([DEB], Store(tmp_path / "store"), mirrors={"debian": mirror.root})
    assert not [part for part in PARTS if part in str(caught.value)]
    assert "/debian/pool/a%2Bb_1.deb" in str(caught.value)


def test_a_wrong_password_is_in_no_error(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    root = mirror.root.replace("hunter2", "swordfish")
    with pytest.raises(VesselError, match="VES-403") as caught:
        debs.fetch_debs([DEB], Store(tmp_path / "store"), mirrors={"debian": root})
    assert "swordfish" not in str(caught.value)
    assert "401" in str(caught.value)


@pytest.mark.parametrize("log_in", ["me:two%20words", "me:", "me", "a%09b:c"])
def test_a_log_in_that_apt_cannot_be_told_is_refused(log_in: str) -> None:
    with pytest.raises(VesselError, match=r"VES-117: .* m\.example") as caught:
        aptauth.log_ins([f"http://{log_in}@m.example/debian/"])
    assert "two" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has apt become another user")
def test_the_private_root_is_closed_to_others(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    held: list[Path] = []

    def look(apt: debian.PrivateApt) -> None:
        status = apt.root.stat()
        seen.append((status.st_uid, status.st_mode & 0o777))
        held.append(apt.root)
        os.seteuid(65534)
        try:
            with pytest.raises(PermissionError):
                (apt.root / "apt.conf").read_text()
        finally:
            os.seteuid(0)

    monkeypatch.setattr(debian.PrivateApt, "update", look)
    mirrors = dict.fromkeys(DEBIAN.archives, "http://me:hunter2@m.example/debian/")
    with debian.private_apt(mirrors, ["amd64"], DEBIAN, "trixie") as apt:
        assert "hunter2" in (apt.root / "etc/vessel.sources").read_text()
    [(owner, mode)] = seen
    assert mode == 0o700
    assert owner != 65534
    assert not held[0].exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes it in the shared directory")
def test_what_others_put_into_tmp_stops_no_lock(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(debian.tempfile, "tempdir", str(shared))
    monkeypatch.setattr(debian.PrivateApt, "update", lambda apt: None)
    (shared / ".vessel-apt.a.part").symlink_to("/etc/hostname")
    os.mkfifo(shared / ".vessel-apt.b.part")
    (shared / ".vessel-apt.c.part").mkdir(0o700)
    os.chown(shared / ".vessel-apt.c.part", 65534, 65534)
    with debian.private_apt(dict.fromkeys(DEBIAN.archives, "x:/"), ["amd64"], DEBIAN, "trixie"):
        pass
    assert len(list(shared.iterdir())) == 3
