from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.image import builder


def test_hosts_of_urls() -> None:
    text = 'Acquire::http::Proxy "http://cache.corp.example:3142/";\nhttps://m.example/d,direct'
    assert builder.hosts([text, "no url"]) == {"cache.corp.example", "m.example"}


def test_names_of_this_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(builder.socket, "gethostname", lambda: "builder-17")
    monkeypatch.setattr(builder.socket, "getfqdn", lambda: "vm")
    found = builder.names(tmp_path)
    assert {"builder-17", str(tmp_path)} <= set(found)
    assert "vm" not in found


def test_mirrors_of_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.corp.example:8080")
    assert "proxy.corp.example" in builder.mirrors()
