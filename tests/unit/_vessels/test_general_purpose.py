from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._plan.image import Target
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._vessels import general_purpose


@pytest.mark.parametrize("version", ["1.36.3", "v1.36.3"])
def test_names_of_files_begin_with_what_is_in_them(root: Path, version: str) -> None:
    spec = load_spec(root / "specs/wasm-node.yml")
    spec = replace(spec, kubernetes=replace(spec.kubernetes, version=version))
    lock = Lock({"architecture": "amd64", "source_date_epoch": 1})
    node = general_purpose._Node(Target(spec, lock, "amd64", root))
    assert node.stem == "debian-13-amd64-v1.36.3-wasm-node"


@pytest.mark.parametrize("krustlet", [True, False])
def test_krustlet_is_told_of_the_proxy_where_it_is(root: Path, krustlet: bool) -> None:
    spec = load_spec(root / "specs/wasm-node.yml")
    spec = replace(spec, krustlet=replace(spec.krustlet, enabled=krustlet))
    lock = Lock({"architecture": "amd64", "source_date_epoch": 1})
    node = general_purpose._Node(Target(spec, lock, "amd64", root))
    own = ["krustlet", "krustlet-join"] if krustlet else []
    assert node.proxied == ["containerd", "kubelet", *own]
