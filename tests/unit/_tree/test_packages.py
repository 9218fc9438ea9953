from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._tree import packages
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb

LOCKED = [
    Deb("alpha", "1:2.0-1", "amd64", Path("alpha.deb")),
    Deb("beta", "3", "all", Path("beta.deb")),
]


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def stanza(name: str, version: str, architecture: str, status: str = "installed") -> str:
    return (
        f"Package: {name}\nStatus: install ok {status}\nVersion: {version}\n"
        f"Architecture: {architecture}\nMaintainer: a\nDescription: b\n\n"
    )


@pytest.mark.parametrize(
    ("installed", "difference"),
    [
        ([("alpha", "1:2.0-1", "amd64"), ("beta", "3", "all")], None),
        ([("alpha", "1:2.0-1", "amd64")], "not installed: ii beta 3 all"),
        ([("alpha", "1:2.0-2", "amd64"), ("beta", "3", "all")], "not locked: ii alpha 1:2.0-2"),
        (
            [("alpha", "1:2.0-1", "amd64"), ("beta", "3", "all", "half-configured")],
            "not locked: iF beta 3 all",
        ),
        (
            [("alpha", "1:2.0-1", "amd64"), ("beta", "3", "all"), ("gamma", "1", "all")],
            "not locked: ii gamma 1 all",
        ),
    ],
)
def test_check_exact(tmp_path: Path, installed: list[Any], difference: str | None) -> None:
    write(tmp_path / "var/lib/dpkg/status", "".join(stanza(*fields) for fields in installed))
    if difference is None:
        packages.check_exact(LOCKED, tmp_path)
    else:
        with pytest.raises(VesselError, match=f"(?s)VES-501.*{difference}"):
            packages.check_exact(LOCKED, tmp_path)


def test_clean(tmp_path: Path) -> None:
    gone = [
        "etc/ssh/ssh_host_ed25519_key",
        "etc/ssh/ssh_host_ed25519_key.pub",
        "etc/hostname",
        "etc/apt/sources.list",
        "var/log/apt/history.log",
        "var/lib/apt/lists/deb_Packages",
        "var/lib/dpkg/status-old",
        "run/lock/x",
        "dev/pts",
        "dev/null",
    ]
    stays = ["etc/ssh/sshd_config", "var/lib/dpkg/status", "etc/passwd"]
    for name in (*gone, *stays):
        write(tmp_path / name)
    write(tmp_path / "etc/resolv.conf", "nameserver 192.0.2.1")
    write(tmp_path / "etc/machine-id", "f" * 32)
    packages.clean(tmp_path)
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert [name for name in stays if not (tmp_path / name).exists()] == []
    assert (tmp_path / "var/log/apt").is_dir()
    assert (tmp_path / "etc/machine-id").read_bytes() == b""
    assert str((tmp_path / "etc/resolv.conf").readlink()) == packages.RESOLV


def test_repository(tmp_path: Path) -> None:
    write(
        tmp_path / "alpha/DEBIAN/control",
        "Package: alpha\nVersion: 1\nArchitecture: amd64\nMaintainer: a\nDepends: beta\n"
        "Installed-Size: 3\nDescription: short\n long\n",
    )
    deb = tmp_path / "alpha.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", tmp_path / "alpha", deb],
        check=True,
        capture_output=True,
    )
    digest = sha256_file(deb)
    blob = deb.rename(tmp_path / digest)  # files of packages are called as the store does
    repository = tmp_path / "repository"
    repository.mkdir()
    locked = [Deb("alpha", "1", "amd64", blob)]
    assert packages.make_repository(locked, repository, "trixie") == 3 * 1024
    index = (repository / "dists/trixie/main/binary-amd64/Packages").read_text()
    assert "Depends: beta\n" in index
    assert f"Filename: pool/{digest}.deb\n" in index
    assert f"SHA256: {digest}\n" in index
    file = repository / f"pool/{digest}.deb"
    assert file.read_bytes() == blob.read_bytes()
    # Not a symlink: dpkg reads it in the tree, where the store's path is not there.
    assert file.samefile(blob) and not file.is_symlink()
