"""What a company's network asks for: a proxy, with a log-in, and certificates of its own authority.

Everything is on the loopback interface: `files.example` is a name that only the proxy knows.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import io
import os
import select
import socket
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import gomodule
from ansible_collections.vessel.image.plugins.module_utils._lock.gocommand import Go
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Blob
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import HELPER, fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._store.fetch import fetch

# http.client leaves a refused tunnel's answer to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

DATA = b"0123456789" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()
HOST = "files.example"
URL = f"https://{HOST}/a"
LOG_IN = "Basic " + base64.b64encode(b"me:word").decode()
VARIABLES = ("https_proxy", "http_proxy", "no_proxy", "all_proxy")
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def module_zip() -> bytes:
    """A Go module with one file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("files.example/m@v1.0.0/go.mod", "module files.example/m\n")
    return data.getvalue()


FILES = {
    "/a": DATA,
    "/debian/pool/a.deb": DATA,
    "/files.example/m/@v/v1.0.0.info": b'{"Version": "v1.0.0", "Time": "2026-01-01T00:00:00Z"}',
    "/files.example/m/@v/v1.0.0.mod": b"module files.example/m\n",
    "/files.example/m/@v/v1.0.0.zip": module_zip(),
}


class Files(BaseHTTPRequestHandler):
    """The server that all is fetched from."""

    def do_GET(self) -> None:
        data = FILES.get(self.path)
        self.send_response(200 if data else 404)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args: Any) -> None:
        pass


class Tunnel(BaseHTTPRequestHandler):
    """A proxy that leads every CONNECT to the one server, if it carries the log-in."""

    server: Proxy

    def do_CONNECT(self) -> None:
        self.server.seen.append(self.path)
        if self.server.log_in and self.headers["Proxy-Authorization"] != self.server.log_in:
            self.send_error(407)
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as far:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                self.pass_on(far)

    def pass_on(self, far: socket.socket) -> None:
        ends = {self.connection: far, far: self.connection}
        while True:
            for end in select.select(list(ends), [], [], 10)[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)

    def log_message(self, *args: Any) -> None:
        pass


class Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.target, self.log_in = target, ""
        self.seen: list[str] = []

    def url(self, who: str = "") -> str:
        return f"http://{who}127.0.0.1:{self.server_address[1]}"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that trusts no unknown certificate goes away


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.pem` of a private authority, and `server.pem`, a key and certificate it vouches for."""
    place = tmp_path_factory.mktemp("authority")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    signed = ["openssl", "x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key"]
    (place / "san").write_text(f"subjectAltName=DNS:{HOST},IP:127.0.0.1\n")
    for words in (
        [*new, "-x509", "-subj", "/CN=Private", "-keyout", "ca.key", "-out", "ca.pem"],
        [*new, "-subj", f"/CN={HOST}", "-keyout", "server.key", "-out", "server.csr"],
        [*signed, "-CAcreateserial", "-extfile", "san", "-in", "server.csr", "-out", "server.crt"],
    ):
        subprocess.run(words, cwd=place, capture_output=True, check=True)
    chain = (place / "server.key").read_text() + (place / "server.crt").read_text()
    (place / "server.pem").write_text(chain)
    return place


def serving(server: ThreadingHTTPServer) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(authority: Path) -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Files)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    made.socket = context.wrap_socket(made.socket, server_side=True)
    yield from serving(made)


@pytest.fixture
def proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxy, and an environment that names it and trusts nobody yet."""
    for name in (*VARIABLES, *(name.upper() for name in VARIABLES), *TRUST):
        monkeypatch.delenv(name, raising=False)
    for made in serving(Proxy(server.server_address[1])):
        monkeypatch.setenv("https_proxy", made.url())
        yield made
        gc.collect()  # of this test, not of a later one


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def got(url: str, store: Store) -> bool:
    return fetch(url, store, DIGEST, len(DATA), back_off=0).read_bytes() == DATA


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_proxy_and_a_private_authority(
    proxy: Proxy, store: Store, authority: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(authority / "ca.pem"))
    assert got(URL, store)
    assert proxy.seen == [f"{HOST}:443"]


def test_an_unknown_authority_is_told_at_once(proxy: Proxy, store: Store) -> None:
    with pytest.raises(VesselError, match=r"VES-408: the certificate of https://files\.example/a"):
        got(URL, store)
    assert len(proxy.seen) == 1


def test_a_bundle_that_is_none(
    proxy: Proxy, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(VesselError, match="VES-408: REQUESTS_CA_BUNDLE names"):
        got(URL, store)


def test_the_proxys_log_in(
    proxy: Proxy, store: Store, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.log_in = LOG_IN
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with pytest.raises(VesselError, match=r"VES-403.*the proxy said 407") as caught:
        got(URL, store)
    assert len(proxy.seen) == 1
    assert "https_proxy=http://name:password@host:port" in str(caught.value)
    monkeypatch.setenv("https_proxy", proxy.url("me:word@"))
    assert got(URL, store)


def test_no_proxy(
    proxy: Proxy,
    server: Server,
    store: Store,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    monkeypatch.setenv("no_proxy", "127.0.0.1,.internal.example")
    assert got(f"https://127.0.0.1:{server.server_address[1]}/a", store)
    assert proxy.seen == []


@pytest.mark.skipif(not Path(HELPER).exists(), reason="this host has no apt")
def test_apt_goes_by_its_own_configuration(
    proxy: Proxy,
    store: Store,
    cache: Path,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = Blob(DIGEST, len(DATA), "a", {"archive": "debian", "path": "pool/a.deb"})
    mirrors = {"debian": f"https://{HOST}/debian/"}
    with pytest.raises(VesselError, match=r"VES-403.*could not be had"):
        fetch_debs([package], store, mirrors=mirrors)
    monkeypatch.delenv("https_proxy")
    conf = tmp_path / "apt.conf"
    conf.write_text(
        f'Acquire::https::Proxy "{proxy.url()}";\n'
        f'Acquire::https::CAInfo "{authority / "ca.pem"}";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(conf))
    assert fetch_debs([package], store, mirrors=mirrors) == len(DATA)
    assert set(proxy.seen) == {f"{HOST}:443"}


def test_go_goes_by_its_own_variables(
    proxy: Proxy,
    locked_goroot: Path,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOPROXY", f"https://{HOST}")
    go = Go.of(locked_goroot, tmp_path / "cache", {})
    with pytest.raises(VesselError, match=r"VES-321(.|\n)*x509"):
        gomodule.download(go, f"{HOST}/m", "v1.0.0", locked=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", os.devnull)
    assert gomodule.download(go, f"{HOST}/m", "v1.0.0", locked=True).version == "v1.0.0"
    assert set(proxy.seen) == {f"{HOST}:443"}
