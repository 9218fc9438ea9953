"""A registry for reading, of an OCI image layout: it runs in the guest, by itself.

    python3 registry.py LAYOUT PORT

Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md, pull. It does as
its layout's file `fault` says, if there is one: `500` answers nothing, `digest` other bytes,
`login` nobody but USER.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME = "io.containerd.image.name"
USER, PASSWORD = "reader", "let me in"


def make_server(layout: Path, port: int) -> ThreadingHTTPServer:
    """The server, on the loopback address; it serves when told to."""

    known = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """One request of the pull part."""
            fault = layout / "fault"
            wrong = fault.read_text().strip() if fault.exists() else ""
            name, kind, wanted = _parts(self.path)
            if wrong == "500":
                self._answer(500, b"out of order", "text/plain")
            elif wrong == "login" and self.headers.get("Authorization") != known:
                self._answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', "application/json")
            elif self.path in ("/v2/", "/v2"):
                self._answer(200, b"{}", "application/json")
            elif (found := _find(layout, name, kind, wanted)) is None:
                self._answer(404, b'{"errors": [{"code": "NOT_FOUND"}]}', "application/json")
            else:
                content, media_type = found
                spoilt = content[:-1] + b"?" if wrong == "digest" and kind == "blobs" else content
                self._answer(200, spoilt, media_type)

        do_HEAD = do_GET

        def _answer(self, status: int, content: bytes, media_type: str) -> None:
            self.send_response(status)
            if status == HTTPStatus.UNAUTHORIZED:
                self.send_header("WWW-Authenticate", 'Basic realm="proof"')
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def _parts(path: str) -> tuple[str, str, str]:
    """Repository, `manifests` or `blobs`, and what is wanted of it."""
    words = path.partition("?")[0].removeprefix("/v2/").split("/")
    return ("/".join(words[:-2]), words[-2], words[-1]) if len(words) > 2 else ("", "", "")


def _find(layout: Path, name: str, kind: str, wanted: str) -> tuple[bytes, str] | None:
    digest, media_type = wanted, "application/octet-stream"
    if kind == "manifests":
        for entry in json.loads((layout / "index.json").read_bytes())["manifests"]:
            image = entry["annotations"][NAME].partition("/")[2]
            if entry["digest"] == wanted or image == f"{name}:{wanted}":
                digest, media_type = entry["digest"], entry["mediaType"]
    blob = layout / "blobs" / digest.replace(":", "/")
    if not digest.startswith("sha256:") or "/" in digest or not blob.is_file():
        return None
    return blob.read_bytes(), media_type


if __name__ == "__main__":
    make_server(Path(sys.argv[1]), int(sys.argv[2])).serve_forever()
