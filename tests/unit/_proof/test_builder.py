from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof import builder


def test_hosts_of_urls() -> None:
    text = 'Acquire::http::Proxy "http://cache.corp.example:3142/";\nhttps://m.example/d,direct'
    assert builder.hosts([text, "no url"]) == {"cache.corp.example", "m.example"}


def test_names_of_this_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.corp.example:8080")
    monkeypatch.setattr(builder.socket, "gethostname", lambda: "builder-17")
    monkeypatch.setattr(builder.socket, "getfqdn", lambda: "vm")
    found = builder.names(tmp_path)
    assert {"proxy.corp.example", "builder-17", str(tmp_path)} <= set(found)
    assert "vm" not in found
    assert not builder.PUBLIC & set(found)
