"""Specs that are good, and specs that are not there."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._spec.sections.kubernetes import MINORS

SHORTEST = 'schema: 1\nname: n\nkubernetes: {version: "1.36.3"}\n'


NOTHING = {
    "packages": [],
    "repositories": [],
    "files": [],
    "directories": [],
    "executables": [],
    "roles": {"before": [], "after": []},
    "units": {"enabled": [], "disabled": [], "masked": []},
    "sysctls": {},
    "kernel_modules": [],
    "kernel_arguments": [],
    "certificates": [],
    "proxy": {"no_proxy": []},
    "images": [],
    "cloud_init": {},
    "hosts": {},
    "time_servers": [],
}


def test_the_default_spec(root: Path) -> None:
    spec = load_spec(root / "specs/wasm-node.yml")
    assert spec.normalised() == {
        "schema": 1,
        "name": "wasm-node",
        "vessel": "general-purpose",
        "architectures": ["amd64"],
        "operating_system": {
            "distribution": "debian",
            "release": "trixie",
            "kernel": "cloud",
            "time": "systemd-timesyncd",
        },
        "kubernetes": {"version": "1.36.3"},
        "container_runtime": {"containerd": "2.4.2"},
        "wasm": {"runtimes": ["wasmedge"], "default": "wasmedge", "releases": []},
        "krustlet": {"enabled": False},
        "preload": {"control_plane": True},
        "customize": NOTHING,
        "machine": {
            "processors": 2,
            "memory": 4096,
            "hardware_version": 21,
            "firmware": "efi",
            "disk_controller": "pvscsi",
            "disks": [],
            "networks": ["nic0"],
            "labels": {},
            "extra_configuration": {},
            "product": {"properties": []},
        },
        "outputs": ["qcow2"],
    }
    assert list(spec.normalised()) == [*spec.__slots__]
    with pytest.raises(FrozenInstanceError):
        spec.name = "other"


def test_a_released_shim_is_not_built_and_a_plug_in_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "spec.yml"
    releases = "".join(
        f"    - {{engine: {engine}, url: 'https://example.com/x', sha256: '{'0' * 64}'}}\n"
        for engine in ("wasmedge", "wasmtime")
    )
    runtimes = "wasm:\n  runtimes: [wasmedge, wasmer, wasmtime]\n  releases:\n"
    path.write_text(SHORTEST + runtimes + releases)
    assert load_spec(path).wasm.built == ("wasmedge", "wasmer")


def test_what_is_left_out_is_as_in_the_default_spec(root: Path, tmp_path: Path) -> None:
    default = load_spec(root / "specs/wasm-node.yml")
    path = tmp_path / "short.yml"
    path.write_text(SHORTEST.replace("name: n", "name: wasm-node"))
    assert load_spec(path) == default
    assert load_spec(path).sha256 == default.sha256


def test_the_digest_is_of_the_meaning(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        path = tmp_path / "spec.yml"
        path.write_text(text)
        return load_spec(path).sha256

    both = digest(SHORTEST + "outputs: [raw, qcow2]\n")
    assert both == digest("outputs:\n- qcow2  # first\n- raw\n" + SHORTEST)
    assert both != digest(SHORTEST)
    assert digest(SHORTEST) != digest(SHORTEST.replace("1.36.3", "1.36.4"))


@pytest.mark.parametrize(
    "data",
    [
        SHORTEST.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SHORTEST.encode(),
        ("---\n# é\n" + SHORTEST + "...\n").encode(),
        SHORTEST.replace("name: n", "name: 2026-11-23").encode(),
        SHORTEST.replace("name: n", f"name: {'n' * 63}").encode(),
        SHORTEST.replace("1.36.3", f"1.{MINORS[0]}.0").encode(),
        SHORTEST.replace("1.36.3", f"1.{MINORS[-1]}.2").encode(),
    ],
    ids=["crlf", "bom", "markers", "date-like name", "longest name", "oldest", "newest"],
)
def test_good(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "spec.yml"
    path.write_bytes(data)
    load_spec(path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("specs/wasm-nod.yml", "specs/wasm-node.yml?"),
        ("specs/wasm-node", "specs/wasm-node.yml?"),
        ("specs/qqqq", "The specs there are: wasm-node.yml."),
        ("spec/wasm-node.yml", "does not exist either"),
        ("empty/x.yml", "no spec beside it"),
        ("specs", "cannot be read"),
        ("specs/wasm-node.yml/x", "cannot be read"),
        ("specs/\0", "cannot be read"),
    ],
)
def test_a_spec_that_is_not_there(tmp_path: Path, name: str, words: str) -> None:
    for folder in ("specs", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "specs/wasm-node.yml").write_text(SHORTEST)
    with pytest.raises(VesselError) as caught:
        load_spec(tmp_path / name)
    [problem] = caught.value.problems
    assert problem.code == "VES-201"
    assert problem.hint
    assert words in str(problem)
