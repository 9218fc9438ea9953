"""What a spec brings becomes files, owners and states of units; nothing of it by default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.certificates import pem
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._tree import customize

ROOT = Path(__file__).resolve().parents[3]


def made(wanted: dict[str, Any], **sources: list[customize.File]) -> dict[str, Any]:
    nothing = load_spec(ROOT / "specs/wasm-node.yml").customize
    return customize.contents({**nothing, **wanted}, sources)


def text(found: dict[str, Any], path: str) -> str:
    [file] = [file for file in found["files"] if file["path"] == path]
    content: str = file["content"]
    return content


def test_nothing_is_nothing() -> None:
    found = made({})
    assert not found["files"] and not found["directories"] and not found["owners"]
    assert not any(found["units"].values())


def test_a_source_is_a_file_or_all_that_is_in_a_directory() -> None:
    common = {"owner": "root", "group": "adm"}
    found = made(
        {
            "files": [
                {"path": "/etc/motd", "source": "motd", **common},
                {"path": "/opt/site", "source": "tree", **common},
                {"path": "/etc/key", "source": "motd", "mode": "0600", "owner": "root",
                 "group": "root"},
            ]
        },
        motd=[{"path": "", "src": "/store/1", "mode": "0644"}],
        tree=[
            {"path": "README", "src": "/store/2", "mode": "0644"},
            {"path": "bin/site", "src": "/store/3", "mode": "0755"},
        ],
    )  # fmt: skip
    assert [(f["path"], f["src"], f["mode"]) for f in found["files"]] == [
        ("/etc/motd", "/store/1", "0644"),
        ("/opt/site/README", "/store/2", "0644"),
        ("/opt/site/bin/site", "/store/3", "0755"),
        ("/etc/key", "/store/1", "0600"),
    ]
    assert found["owners"] == {
        "/etc/motd": "root:adm",
        "/opt/site/README": "root:adm",
        "/opt/site/bin/site": "root:adm",
    }


def test_settings() -> None:
    found = made(
        {
            "sysctls": {"vm.max_map_count": 262144, "net.core.somaxconn": "4096"},
            "kernel_modules": ["dummy", "nbd"],
            "time_servers": ["a.example", "b.example"],
            "hosts": {"192.0.2.10": ["registry.example", "registry"]},
            "cloud_init": {"package_update": False},
        }
    )
    assert text(found, "/etc/sysctl.d/95-customize.conf") == (
        "vm.max_map_count = 262144\nnet.core.somaxconn = 4096\n"
    )
    assert text(found, "/etc/modules-load.d/95-customize.conf") == "dummy\nnbd\n"
    timesync = text(found, "/etc/systemd/timesyncd.conf.d/95-customize.conf")
    assert timesync == "[Time]\nNTP=a.example b.example\n"
    hosts = text(found, "/etc/hosts")
    assert hosts.startswith("127.0.0.1 localhost\n")
    assert hosts.endswith("192.0.2.10 registry.example registry\n")
    defaults = text(found, "/etc/cloud/cloud.cfg.d/95-customize.cfg")
    assert json.loads(defaults) == {"package_update": False}


def test_a_proxy_reaches_shells_units_and_apt() -> None:
    url = "http://proxy.example:3128/a%20b"
    found = made({"proxy": {"https": url, "no_proxy": ["10.0.0.0/8", ".svc"]}})
    environment = text(found, "/etc/environment")
    assert f"https_proxy={url}\nHTTPS_PROXY={url}\nno_proxy=10.0.0.0/8,.svc\n" in environment
    assert "http_proxy=" not in environment.replace("https_proxy", "")
    unit = text(found, "/etc/systemd/system/kubelet.service.d/95-customize.conf")
    assert 'Environment="https_proxy=http://proxy.example:3128/a%%20b"\n' in unit
    assert text(found, "/etc/apt/apt.conf.d/95-customize") == f'Acquire::https::Proxy "{url}";\n'


def test_certificates_get_the_ending_that_is_read(tmp_path: Path) -> None:
    one, other = b"0\x81\x801" + bytes(127), b"0\x81\x802" + bytes(127)  # as long as they say
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "both").write_text(f"root\n{pem(one)}and below\n{pem(other)}")
    held = {
        f"certificates/{name}.pem": [{"path": "", "src": str(tmp_path / name), "mode": "0644"}]
        for name in ("one", "both")
    }
    found = made({"certificates": list(held)}, **held)
    assert found["certificates"] is True
    place = "/usr/local/share/ca-certificates/certificates"
    assert {f["path"]: f["content"] for f in found["files"]} == {
        f"{place}-one.crt": pem(one),
        f"{place}-both.crt": pem(one),
        f"{place}-both+1.crt": pem(other),
    }


def test_repositories_bring_their_key(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    repository = {"name": "own", "uri": "https://packages.example/debian", "suites": ["trixie"],
                  "components": ["main"], "key": "k.asc", "keep": True}  # fmt: skip
    held = {"k.asc": [{"path": "", "src": str(key), "mode": "0644"}]}
    [file] = made({"repositories": [repository]}, **held)["files"]
    assert file["path"] == "/etc/apt/keyrings/own.asc"
    assert "Signed-By: /etc/apt/keyrings/own.asc\n" in customize.apt_sources([repository], held)
    repository["keep"] = False
    assert made({"repositories": [repository]}, **held)["files"] == []
    assert customize.apt_sources([repository], held) == ""
