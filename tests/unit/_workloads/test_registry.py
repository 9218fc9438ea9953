from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import write_layout
from ansible_collections.vessel.image.plugins.module_utils._workloads import registry
from ansible_collections.vessel.image.plugins.module_utils._workloads.oci_artifact import (
    add_artifact,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads.registry import make_server

MODULE = b"\0asm and so on"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_layout([], tmp_path, epoch=0)
    add_artifact(tmp_path, "vessel.test/hello:1", MODULE, "/app.wasm", "application/wasm")
    return tmp_path


@pytest.fixture
def place(layout: Path) -> Iterator[str]:
    with make_server(layout, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v2/"
        server.shutdown()
        thread.join()


def get(url: str, method: str = "GET", **headers: str) -> bytes:
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def test_an_artifact_is_pulled_by_tag_and_digest(place: str) -> None:
    by_tag = get(f"{place}hello/manifests/1")
    digest = hashlib.sha256(by_tag).hexdigest()
    assert get(f"{place}hello/manifests/sha256:{digest}") == by_tag
    assert get(f"{place}hello/manifests/1", "HEAD") == b""
    (layer,) = json.loads(by_tag)["layers"]
    assert layer["mediaType"] == "application/wasm"
    assert get(f"{place}hello/blobs/{layer['digest']}") == MODULE


@pytest.mark.parametrize(
    "path",
    [
        *("hello/manifests/2", "other/manifests/1", "hello/blobs/1", "hello/blobs/sha256:../index"),
        *("hello", "hello/blobs/sha256:..%2findex.json"),
    ],
)
def test_what_is_not_there_is_not_found(place: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(place + path)


def test_it_fails_when_told_to(place: str, layout: Path) -> None:
    (layer,) = json.loads(get(f"{place}hello/manifests/1"))["layers"]
    (layout / "fault").write_text("digest\n")
    spoilt = get(f"{place}hello/blobs/{layer['digest']}")
    assert spoilt != MODULE and len(spoilt) == len(MODULE)
    (layout / "fault").write_text("500\n")
    with pytest.raises(urllib.error.HTTPError, match="500"):
        get(f"{place}hello/manifests/1")
    (layout / "fault").write_text("login\n")
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        get(f"{place}hello/manifests/1")
    with refused.value as answer:
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    word = base64.b64encode(f"{registry.USER}:{registry.PASSWORD}".encode()).decode()
    assert get(f"{place}hello/manifests/1", Authorization=f"Basic {word}")
