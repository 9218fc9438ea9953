"""Versions that follow from Kubernetes, read from kubeadm's own source."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock import told

KUBERNETES = GO_MODULES["kubernetes"]

# As in v1.36.3: declarations, and uses that must not be taken for them.
SOURCE = """
const (
	// DefaultEtcdVersion indicates the default etcd version that kubeadm uses
	DefaultEtcdVersion = "3.6.8-0"
	CoreDNSVersion = "v1.14.2"
	CoreDNSReplicas = 2
	PauseVersion = "3.10.2"
)
// etcdVersion falls back: DefaultEtcdVersion = "0.0.0"
"""


def write(directory: Path, text: str) -> Path:
    path = directory / KUBERNETES.told_in
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return directory


@pytest.mark.parametrize("version", ["1.36.3", "v1.36.3"])
def test_versions(tmp_path: Path, version: str) -> None:
    assert told.tags(KUBERNETES, version, write(tmp_path, SOURCE)) == {
        "version": "1.36.3",
        "etcd": "3.6.8-0",
        "coredns": "v1.14.2",
        "pause": "3.10.2",
    }


def test_a_renamed_constant_is_an_error_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, SOURCE.replace("PauseVersion", "SandboxVersion"))
    with pytest.raises(VesselError, match=r"VES-323.*PauseVersion"):
        told.tags(KUBERNETES, "1.99.0", tmp_path)


def test_no_source(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-323"):
        told.tags(KUBERNETES, "1.36.3", tmp_path)


@pytest.mark.parametrize(("tag", "version"), [("3.6.8-0", "3.6.8"), ("v3.5.21-1", "3.5.21")])
def test_versions_of_modules(tag: str, version: str) -> None:
    found = told.versions(KUBERNETES, {"etcd": tag, "coredns": "v1.14.2", "pause": "3.10"})
    assert found == {"etcd": version, "coredns": "1.14.2", "pause": "3.10"}
