"""fetch() against a server on the loopback interface that misbehaves on purpose."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._store import fetch as module
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.fetch import fetch

DATA = b"0123456789" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    """Remembers its requests; `/flaky` fails twice, `/cut` ends early once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        count = self.server.seen.count(self.path)
        if self.path == "/flaky" and count <= 2:
            self.send_error(503)
        elif self.path == "/down":
            self.send_error(500)
        elif self.path == "/gone":
            self.send_error(404)
        else:
            body = {"/wrong": b"x" * len(DATA), "/long": DATA + b"x"}.get(self.path, DATA)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:100] if self.path == "/cut" and count == 1 else body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize(("path", "requests"), [("/plain", 1), ("/flaky", 3), ("/cut", 2)])
def test_fetched_verified_and_kept(server: Server, store: Store, path: str, requests: int) -> None:
    for _ in range(2):  # the second time nothing is asked for
        assert fetch(server.url(path), store, DIGEST, len(DATA), back_off=0).read_bytes() == DATA
    assert len(server.seen) == requests


@pytest.mark.parametrize(
    ("path", "error", "requests"),
    [
        ("/wrong", f"VES-402.*/wrong .*expected sha256 {DIGEST}, got ", 1),
        ("/gone", "VES-403.*/gone: HTTP 404", 1),
        ("/down", "VES-403.*in 4 attempts: HTTP 500", 4),
        ("/long", "VES-405.*longer than the locked 10000 bytes", 1),
    ],
)
def test_refused(server: Server, store: Store, path: str, error: str, requests: int) -> None:
    with pytest.raises(VesselError, match=error):
        fetch(server.url(path), store, DIGEST, len(DATA), back_off=0)
    assert len(server.seen) == requests
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_nothing_listens(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        url = server.url("/plain")
    with pytest.raises(VesselError, match=r"VES-403.*attempts"):
        fetch(url, store, DIGEST, len(DATA), back_off=0)


def test_the_proxy_of_the_environment_is_asked(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", server.url(""))
    fetch("http://files.example/plain", store, DIGEST, len(DATA), back_off=0)
    assert server.seen == ["http://files.example/plain"]


def test_https_is_never_left_for_http() -> None:
    request = module.urllib.request.Request("https://files.example/a")
    with pytest.raises(VesselError, match="VES-404"):
        module._NoDowngrade().redirect_request(
            request, None, 302, "Found", {}, "http://files.example/a"
        )


def test_no_secret_of_a_url_is_shown() -> None:
    assert module.shown("https://me:pass@h.example:8/a?token=x") == "https://h.example:8/a"
