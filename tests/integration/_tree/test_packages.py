"""The packages stage without a network: what is installed, and what leaks from this host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="installing packages needs root")

SANDBOX = [
    "unshare",
    *("--mount", "--pid", "--net", "--ipc", "--uts"),
    *("--fork", "--kill-child", "--mount-proc"),
]
# Runs in the sandbox: first shows that there is no way out, then builds.
SCRIPT = """
import json, socket, sys
from pathlib import Path
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import debs
from ansible_collections.vessel.image.plugins.module_utils._tree.packages import build_packages
try:
    socket.create_connection(("192.0.2.1", 80), 2)
except OSError as error:
    assert "unreachable" in str(error), error
else:
    sys.exit("the sandbox has a network")
given = json.load(sys.stdin)
packages = debs({name: Path(file) for name, file in given["files"].items()})
build_packages(packages, Path(sys.argv[1]), epoch=given["epoch"], release="trixie")
"""


@pytest.fixture(scope="module")
def tree(
    debian_lock: dict[str, Any], store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("packages") / "tree"
    path.mkdir()
    blobs = deb_blobs(debian_lock["node"])
    files = {name: str(store.need(blob.sha256, blob.name)) for name, blob in blobs.items()}
    subprocess.run(
        [*SANDBOX, sys.executable, "-c", SCRIPT, path],
        input=json.dumps({"files": files, "epoch": debian_lock["source_date_epoch"]}).encode(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        timeout=1200,
    )
    return path


def test_installed(tree: Path, debian_lock: dict[str, Any]) -> None:
    status = (tree / "var/lib/dpkg/status").read_text()
    assert status.count("\nStatus: install ok installed\n") == len(debian_lock["node"])
    assert list((tree / "boot").glob("vmlinuz-*-cloud-amd64"))
    assert list((tree / "boot").glob("initrd*")) == []


def test_nothing_of_the_host_and_of_this_build(tree: Path, store: Store) -> None:
    assert not (tree / "etc/hostname").exists()
    assert (tree / "etc/machine-id").read_bytes() == b""
    assert list((tree / "etc/ssh").glob("ssh_host_*")) == []
    assert (tree / "etc/ssh/sshd_config").exists()
    assert os.readlink(tree / "etc/resolv.conf") == "../run/systemd/resolve/stub-resolv.conf"
    host = os.uname().nodename.encode()
    words = [b"vessel-repository", b"trusted=yes", str(store.root).encode()]
    files = [path for path in (tree / "etc").rglob("*") if path.is_file() and not path.is_symlink()]
    files += [path for path in (tree / "var").rglob("*") if path.is_file()]
    for path in files:
        data = path.read_bytes()
        assert not [word for word in words if word in data], path
        # A short host name may be an ordinary word in a package's file.
        assert len(host) < 8 or host not in data, path


def test_what_waited_to_the_end_was_done(package_tree: Path) -> None:
    """In the default image's tree: this one has no package that waits for certificates."""
    modules = package_tree / "usr/lib/python3/dist-packages/yaml"
    assert list(modules.rglob("loader.cpython-*.pyc"))
    certificates = (package_tree / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert certificates.count("BEGIN CERTIFICATE") > 100
    for program in ("usr/bin/py3compile", "usr/sbin/update-ca-certificates"):
        assert (package_tree / program).stat().st_size > 1000, "not the note that stood in for it"


def test_nothing_waits_any_more(tree: Path) -> None:
    assert (tree / "usr/bin/py3compile").stat().st_size > 1000
    assert not (tree / "usr/sbin/update-ca-certificates").exists()
    assert "vessel" not in (tree / "var/lib/dpkg/diversions").read_text()
    assert list(tree.rglob("*vessel-deferred*")) == []


def test_size(tree: Path) -> None:
    docs = (tree / "usr/share/doc").rglob("*")
    # dpkg keeps symbolic links: they may lead to a copyright file.
    assert {path.name for path in docs if path.is_file() and not path.is_symlink()} == {"copyright"}
    assert (tree / "usr/share/doc/openssh-server/copyright").is_file()
    assert [path for path in (tree / "usr/share/man").rglob("*") if path.is_file()] == []
    assert [path for path in (tree / "var/cache/apt").rglob("*") if path.is_file()] == []
    assert [path for path in (tree / "var/lib/apt/lists").rglob("*") if path.is_file()] == []
