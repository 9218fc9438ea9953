"""What a spec brings becomes files, owners and states of units; nothing of it by default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
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
        "/opt/site": "root:adm",
        "/opt/site/bin": "root:adm",
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
    assert text(found, "/etc/sysctl.d/99-vessel-customize.conf") == (
        "vm.max_map_count = 262144\nnet.core.somaxconn = 4096\n"
    )
    assert text(found, "/etc/modules-load.d/95-customize.conf") == "dummy\nnbd\n"
    timesync = text(found, "/etc/systemd/timesyncd.conf.d/95-customize.conf")
    assert timesync == "[Time]\nNTP=a.example b.example\n"
    hosts = text(found, "/etc/hosts")
    assert hosts.startswith("127.0.0.1 localhost\n")
    assert hosts.endswith("192.0.2.10 registry.example registry\n")
    defaults = text(found, "/etc/cloud/cloud.cfg.d/99-customize.cfg")
    assert yaml.safe_load(defaults) == {"package_update": False}


def test_a_proxy_reaches_shells_units_and_apt() -> None:
    url = "http://proxy.example:3128/a%20b"
    found = made({"proxy": {"https": url, "no_proxy": ["10.0.0.0/8", ".svc"]}})
    environment = text(found, "/etc/environment")
    assert f"https_proxy={url}\nHTTPS_PROXY={url}\nno_proxy=10.0.0.0/8,.svc\n" in environment
    assert "http_proxy=" not in environment.replace("https_proxy", "")
    unit = text(found, "/etc/systemd/system/kubelet.service.d/95-customize.conf")
    assert 'Environment="https_proxy=http://proxy.example:3128/a%%20b"\n' in unit
    assert text(found, "/etc/apt/apt.conf.d/80-customize") == f'Acquire::https::Proxy "{url}";\n'


def test_certificates_get_the_ending_that_is_read(tmp_path: Path) -> None:
    one, other = b"0\x81\x801" + bytes(127), b"0\x81\x802" + bytes(127)  # as long as they say
    (tmp_path / "one").write_bytes(one)
    (tmp_path / "both").write_text(f"root\n{pem(one)}and below\n{pem(other)}")
    held = {
        f"certificates/{name}.pem": [{"path": "", "src": str(tmp_path / name), "mode": "0644"}]
        for name in ("one", "both")
    }
    found = made({"certificates": list(held)}, **held)
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


def test_a_directory_keeps_what_is_in_it() -> None:
    """Modes, links and empty directories; those that the machine has already stay as they are."""
    tree = [
        {"path": "", "mode": "0700"},
        {"path": "empty", "mode": "0755"},
        {"path": "key", "src": "/store/1", "mode": "0600"},
        {"path": "latest", "link": "key"},
    ]
    entry = {"path": "/opt/site", "source": "tree", "owner": "root", "group": "root"}
    found = made({"files": [entry]}, tree=tree)
    assert [(f["path"], f["mode"]) for f in found["files"]] == [("/opt/site/key", "0600")]
    assert found["links"] == {"/opt/site/latest": "key"}
    assert found["made"] == {"/opt/site": "0700", "/opt/site/empty": "0755"}
    assert found["directories"] == {} and found["owners"] == {}
    found = made({"files": [{**entry, "mode": "0640", "owner": "app"}]}, tree=tree)
    assert [f["mode"] for f in found["files"]] == ["0640"]
    assert found["made"] == {"/opt/site": "0700", "/opt/site/empty": "0755"}
    assert set(found["owners"]) == {
        "/opt/site",
        *(f"/opt/site/{n}" for n in ("empty", "key", "latest")),
    }


@pytest.mark.parametrize("key", ["http", "https", "no_proxy"])
def test_each_part_of_a_proxy_stands_alone(key: str) -> None:
    value: Any = ["registry.example", ".svc"] if key == "no_proxy" else "http://proxy.example:1"
    said = "no_proxy=registry.example,.svc" if key == "no_proxy" else f"{key}_proxy={value}"
    found = made({"proxy": {key: value}})
    assert text(found, "/etc/environment").splitlines()[0] == said
    for name in ("containerd", "kubelet", "krustlet", "krustlet-join"):
        unit = f"/etc/systemd/system/{name}.service.d/95-customize.conf"
        assert f'Environment="{said}"\n' in text(found, unit)


def test_apt_and_what_is_reached_without_the_proxy() -> None:
    without = ["registry.example", "192.0.2.1", ".svc", "10.0.0.0/8", "2001:db8::1", "*.example"]
    found = made({"proxy": {"http": "http://p.example:1", "no_proxy": without}})
    assert text(found, "/etc/apt/apt.conf.d/80-customize") == (
        'Acquire::http::Proxy "http://p.example:1";\n'
        'Acquire::http::Proxy::registry.example "DIRECT";\n'
        'Acquire::http::Proxy::192.0.2.1 "DIRECT";\n'
    )


def test_cloud_inits_defaults_win_and_every_reader_understands_them() -> None:
    """ds-identify(8) takes a list of one line, of the last line that speaks of it."""
    wanted = {
        "datasource_list": ["ConfigDrive", "None"],
        "write_files": [{"path": "/x", "content": "datasource_list: [Azure]\nétat\n"}],
        "locale": "de_DE.UTF-8",
        "users": ["default"],
    }
    found = text(made({"cloud_init": wanted}), "/etc/cloud/cloud.cfg.d/99-customize.cfg")
    assert yaml.safe_load(found) == wanted
    assert found.splitlines()[-1] == '"datasource_list": ["ConfigDrive", "None"]'
    own = sorted((ROOT / "roles/base/templates/rootfs/etc/cloud/cloud.cfg.d").iterdir())
    assert own and all(path.name < "99-customize.cfg" for path in own)


@pytest.mark.parametrize(
    "names",
    [
        ["a/ca.pem", "a/ca.crt"],
        ["a/b.pem", "a-b.pem"],
        ["a b.pem", "a_b.pem", "a,b.pem"],
        ["ca", "ca.pem", "ca.crt", "ca-2.pem"],
    ],
)
def test_no_two_certificates_are_in_one_place(names: list[str], tmp_path: Path) -> None:
    (tmp_path / "ca").write_bytes(b"0\x81\x80" + bytes(128))  # as long as it says
    held = {name: [{"path": "", "src": str(tmp_path / "ca"), "mode": "0644"}] for name in names}
    found = made({"certificates": names}, **held)["files"]
    assert len({file["path"] for file in found}) == len(names)
    assert all(file["path"].endswith(".crt") and " " not in file["path"] for file in found)


@pytest.mark.parametrize(
    ("path", "programs"),
    [
        ("/usr/local/share/ca-certificates/own.crt", ["update-ca-certificates"]),
        ("/etc/ca-certificates.conf", ["update-ca-certificates"]),
        ("/etc/ld.so.conf.d/own.conf", ["ldconfig"]),
        ("/usr/local/lib/libown.so.1", ["ldconfig"]),
        ("/lib/x86_64-linux-gnu/libown.so", ["ldconfig"]),
        ("/etc/sysusers.d/own.conf", ["systemd-sysusers"]),
        ("/etc/udev/hwdb.d/own.hwdb", ["systemd-hwdb", "update-initramfs"]),
        ("/etc/initramfs-tools/modules", ["update-initramfs"]),
        ("/etc/modprobe.d/own.conf", ["update-initramfs"]),
        ("/etc/systemd/network/10-own.link", ["update-initramfs"]),
        ("/etc/systemd/network/10-own.network", []),
        ("/opt/etc/modprobe.d/own.conf", []),
        ("/etc/motd", []),
    ],
)
def test_what_programs_make_of_a_file_follows_it(path: str, programs: list[str]) -> None:
    follows = yaml.safe_load((ROOT / "roles/customize/vars/main.yml").read_text())
    found = [e["program"] for e in follows["customize_follows"] if re.search(e["of"], path)]
    assert found == programs
