"""Settings of containerd: base64 of TOML becomes a drop-in, and mirrors become hosts.toml."""

from __future__ import annotations

import base64
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._importer.importing import Imported
from unit._importer.given import VERSION, given, reasons

KEY = "containerd_additional_settings"
DROP_IN = "/etc/containerd/conf.d/60-image-builder.toml"
CERTS = "/etc/containerd/certs.d"
OLD = 'plugins."io.containerd.grpc.v1.cri"'


@pytest.fixture(autouse=True)
def _cache(cache: Path) -> None:
    """Scratch goes into a cache of the test's own."""


def settings(tmp_path: Path, text: str, **more: str) -> Imported:
    encoded = base64.b64encode(text.encode()).decode()
    result = given(tmp_path, {**VERSION, KEY: encoded, **more})
    assert result.lacks == []
    return result


def files(result: Imported) -> dict[str, dict[str, Any]]:
    found = {}
    for each in yaml.safe_load(result.text)["customize"].get("files", []):
        source = result.sources[each["source"]]
        assert isinstance(source, bytes)
        found[each["path"]] = tomllib.loads(source.decode())
    return found


def test_settings_of_containerd_2(tmp_path: Path) -> None:
    text = (
        'imports = ["/etc/containerd/conf.d/*.toml"]\noom_score = -999\n[metrics]\n'
        '  address = "0.0.0.0:1338" # of Prometheus\n'
    )
    assert files(settings(tmp_path, text)) == {
        DROP_IN: {"version": 3, "oom_score": -999, "metrics": {"address": "0.0.0.0:1338"}}
    }


def test_settings_of_containerd_1_say_their_version(tmp_path: Path) -> None:
    text = f"[{OLD}]\n  max_container_log_line_size = 1\n"
    cri = {"max_container_log_line_size": 1}
    found = files(settings(tmp_path, text))
    assert found == {DROP_IN: {"version": 2, "plugins": {"io.containerd.grpc.v1.cri": cri}}}
    both = files(settings(tmp_path, text, containerd_image_pull_progress_timeout="10m"))
    images = {"image_pull_progress_timeout": "10m"}
    assert both.pop("/etc/containerd/conf.d/60-image-builder-3.toml") == {
        "version": 3,
        "plugins": {"io.containerd.cri.v1.images": images},
    }
    assert both == found


def test_mirrors_become_files_of_hosts(tmp_path: Path) -> None:
    text = f"""
[{OLD}.registry]
  config_path = "/etc/containerd/certs.d"
[{OLD}.registry.mirrors."docker.io"]
  endpoint = ["https://mirror.example.com", "https://hub.example.com/v2/proxy"]
[{OLD}.registry.mirrors."*"]
  endpoint = ["http://all.example.com:5000"]
[{OLD}.registry.configs."mirror.example.com".tls]
  insecure_skip_verify = true
[{OLD}.registry.configs."own.example.com:5000".tls]
  ca_file = "/etc/ssl/own.pem"
"""
    pull = {"capabilities": ["pull", "resolve"]}
    result = settings(tmp_path, text)
    assert files(result) == {
        f"{CERTS}/docker.io/hosts.toml": {
            "host": {
                "https://mirror.example.com": {**pull, "skip_verify": True},
                "https://hub.example.com/v2/proxy": {**pull, "override_path": True},
            }
        },
        # The old tables had it for whoever reached the host, under whichever name.
        f"{CERTS}/mirror.example.com/hosts.toml": {
            "host": {"https://mirror.example.com": {**pull, "skip_verify": True}}
        },
        f"{CERTS}/_default/hosts.toml": {"host": {"http://all.example.com:5000": pull}},
        f"{CERTS}/own.example.com:5000/hosts.toml": {
            "host": {"https://own.example.com:5000": {**pull, "ca": "/etc/ssl/own.pem"}}
        },
    }
    assert reasons(result, KEY) == [
        (
            "something is missing",
            "bring /etc/ssl/own.pem, the certificate of own.example.com:5000, by `customize.files`",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        f'[{OLD}.registry.configs."r.example.com".auth]\n  username = "u"\n  password = "hunter2x"',
        f'[{OLD}.registry.mirrors."docker.io"]\n  endpoint = ["https://u:hunter2x@r.example.com"]',
        '[proxy_plugins.x]\n  type = "snapshot"\n  password = "hunter2x"',
    ],
)
def test_credentials_are_left_out(tmp_path: Path, text: str) -> None:
    result = settings(tmp_path, text)
    [(kind, reason)] = reasons(result, KEY)
    assert kind == "a secret"
    assert "hunter2" not in f"{reason}{result.text}{result.sources}"


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("not base64!", "VES-875", "is not base64"),
        ("YQ", "VES-875", "is not base64"),
        (base64.b64encode(b"\xff\xfe").decode(), "VES-875", "not UTF-8"),
        (base64.b64encode(b"a = 1\n[b\n").decode(), "VES-876", "in line 2, column 3"),
        (base64.b64encode(b"a = '").decode(), "VES-876", "is not TOML"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, value: str, code: str, words: str) -> None:
    with pytest.raises(VesselError) as caught:
        given(tmp_path, {**VERSION, KEY: value})
    [problem] = caught.value.problems
    assert problem.code == code
    assert words in problem.what
    assert str(problem.position) == f"{tmp_path / '0.json'}:3:{len(KEY) + 7}"


@pytest.mark.parametrize("text", [f"[{OLD}]\nregistry = 1", f'{OLD}.registry.x = "y"'])
def test_odd_tables_are_kept_as_they_are(tmp_path: Path, text: str) -> None:
    content = next(iter(files(settings(tmp_path, text)).values()))
    assert {**tomllib.loads(text), "version": content["version"]} == content
