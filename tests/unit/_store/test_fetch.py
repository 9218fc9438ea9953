"""fetch() against a server on the loopback interface that misbehaves on purpose."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
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
    """Remembers its requests: `/flaky` fails twice, `/cut` and `/stubborn` end early at first,
    the second of them knows no ranges, `/drips` sends a byte now and then. `/chunked` and
    `/closed` do not say how long they are, and `/chunked-cut` ends in a chunk at first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []
        self.ranges: list[str | None] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # chunks are of this version
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.server.ranges.append(self.headers["Range"])
        count = self.server.seen.count(self.path)
        if self.path == "/flaky" and count <= 2:
            self.send_error(503)
        elif self.path == "/down":
            self.send_error(500)
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        else:
            self.answer(count)

    def answer(self, count: int) -> None:
        body = {"/wrong": b"x" * len(DATA), "/long": DATA + b"x"}.get(self.path, DATA)
        start = 0
        if self.headers["Range"] and self.path != "/stubborn":
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        part = bool(start)
        if self.path == "/anew":
            start = 0  # a part of the file, and not the one that was asked for
        self.send_response(206 if part else 200)
        if self.path in ("/chunked", "/chunked-cut"):
            self.send_header("Transfer-Encoding", "chunked")
        elif self.path != "/closed":
            self.send_header("Content-Length", str(len(body) - start))
        if part:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        if self.path in ("/cut", "/stubborn", "/anew") and count <= 3:
            self.wfile.write(body[start : start + 100 * count])
        elif self.path.startswith("/chunked"):
            self.wfile.write(b"%x\r\n" % 1000 + body[start : start + 1000] + b"\r\n")
            rest = body[start + 1000 :]
            sent = rest[:10] if self.path == "/chunked-cut" and count <= 2 else rest
            self.wfile.write(b"%x\r\n" % len(rest) + sent)
            if sent == rest:
                self.wfile.write(b"\r\n0\r\n\r\n")
        elif self.path == "/drips":
            with suppress(OSError):  # the client has had enough
                for number in range(40):
                    self.wfile.write(body[number : number + 1])
                    time.sleep(0.05)
        else:
            self.wfile.write(body[start:])

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


@pytest.mark.parametrize(
    ("path", "requests"), [("/plain", 1), ("/flaky", 3), ("/cut", 4), ("/stubborn", 4)]
)
def test_fetched_verified_and_kept(server: Server, store: Store, path: str, requests: int) -> None:
    for _ in range(2):  # the second time nothing is asked for
        assert fetch(server.url(path), store, DIGEST, len(DATA), back_off=0).read_bytes() == DATA
    assert len(server.seen) == requests


@pytest.mark.parametrize(("path", "requests"), [("/chunked", 1), ("/closed", 1), ("/plain", 1),
                                                ("/chunked-cut", 3), ("/cut", 4)])  # fmt: skip
def test_a_file_of_unknown_length(server: Server, store: Store, path: str, requests: int) -> None:
    assert fetch(server.url(path), store, DIGEST, back_off=0).read_bytes() == DATA
    assert len(server.seen) == requests


def test_what_does_not_say_its_length_has_an_end(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNTOLD", len(DATA) - 1)
    with pytest.raises(VesselError, match=r"VES-405.*/closed is longer than 9999 bytes"):
        fetch(server.url("/closed"), store, DIGEST, back_off=0)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_length_without_end_is_refused_before_a_byte_is_written(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNTOLD", len(DATA) - 1)
    monkeypatch.setattr(
        store, "add_chunks", lambda chunks, *_, **__: pytest.fail(str(next(chunks)))
    )
    with pytest.raises(VesselError, match=r"VES-405.*/plain is longer than 9999 bytes"):
        fetch(server.url("/plain"), store, DIGEST, back_off=0)
    assert server.seen == ["/plain"]


def test_it_goes_on_from_where_it_stopped(server: Server, store: Store) -> None:
    fetch(server.url("/cut"), store, DIGEST, len(DATA), back_off=0)
    assert server.ranges == [None, "bytes=100-", "bytes=300-", "bytes=600-"]


def test_a_part_that_begins_elsewhere_is_put_where_it_belongs(server: Server, store: Store) -> None:
    path = fetch(server.url("/anew"), store, DIGEST, len(DATA), back_off=0)
    assert path.read_bytes() == DATA
    assert server.ranges[:2] == [None, "bytes=100-"]


def test_a_server_that_drips_is_given_up(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_AFTER", 0.2)
    monkeypatch.setattr(module, "ATTEMPTS", 1)
    with pytest.raises(VesselError, match=r"VES-403.*/drips .*bytes in 0 s"):
        fetch(server.url("/drips"), store, DIGEST, len(DATA), back_off=0)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("path", "error", "requests"),
    [
        ("/wrong", f"VES-402.*/wrong .*expected sha256 {DIGEST}, got ", 1),
        ("/gone", "VES-403.*/gone: HTTP 404", 1),
        ("/loop", "VES-403.*/loop: HTTP 302: it redirects in a circle", 5),
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
