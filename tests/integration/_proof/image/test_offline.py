"""An image with every kind of dirt that hygiene must find, made with real tools."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._disk import gpt
from ansible_collections.vessel.image.plugins.module_utils._proof.image import hygiene, offline

MIB = 1 << 20
START, SIZE = 2 * MIB, 60 * MIB
LINUX = "0fc63daf-8483-4772-8e79-3d69d8477de4"


def make_image(tree: Path, directory: Path) -> Path:
    """A qcow2 image whose largest partition is an ext4 file system with the files of `tree`."""
    raw, image = directory / "disk.raw", directory / "disk.qcow2"
    with raw.open("wb") as file:
        file.truncate(64 * MIB)
    small = gpt.Partition("small", LINUX, "00000000-0000-4000-8000-000000000001", MIB, MIB)
    root = gpt.Partition("root", LINUX, "00000000-0000-4000-8000-000000000002", START, SIZE)
    with raw.open("r+b") as file:
        gpt.write_table(file, "00000000-0000-4000-8000-000000000003", 64 * MIB, (small, root))
    subprocess.run(
        ["/usr/sbin/mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", tree,
         "-E", f"offset={START}", raw, f"{SIZE // 1024}k"],
        check=True,
    )  # fmt: skip
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, image], check=True)
    raw.unlink()
    return image


def put(tree: Path, path: str, text: str = "x") -> None:
    file = tree / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    put(tree, "/etc/machine-id", "")
    put(tree, "/etc/ssh/sshd_config")
    put(tree, "/etc/passwd", "root:x:0:0::/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n")
    put(tree, "/etc/shadow", "root:*:1::::::\nnobody:!:1::::::\n")
    put(tree, "/var/log/lastlog", "")
    (tree / "root").mkdir()
    return tree


@pytest.fixture
def image(clean: Path, tmp_path: Path, cache: Path) -> Iterator[offline.OfflineImage]:
    with offline.opened(make_image(clean, tmp_path)) as opened:
        yield opened


def findings(tree: Path, directory: Path) -> list[str]:
    with offline.opened(make_image(tree, directory)) as image:
        return [found for look in hygiene.LOOKS for found in look(image)]


def test_a_clean_image_has_no_findings(image: offline.OfflineImage) -> None:
    assert [found for look in hygiene.LOOKS for found in look(image)] == []
    assert image.file_system_errors() == ""


def test_files_and_bytes_are_read(image: offline.OfflineImage) -> None:
    assert image.text("/etc/machine-id") == ""
    assert image.text("/no/such") is None
    assert image.exists("/etc/shadow")
    assert not image.exists("/etc/nothing")
    assert image.find(["root:*:1", "not in there at all"]) == {"root:*:1": {"/etc/shadow"}}


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("/etc/ssh/ssh_host_rsa_key", "k", "/etc/ssh/ssh_host_rsa_key"),
        ("/etc/machine-id", "0123\n", "/etc/machine-id is not an empty file"),
        ("/var/lib/apt/lists/x_InRelease", "x", "/var/lib/apt/lists/x_InRelease"),
        ("/var/cache/apt/archives/a.deb", "x", "/var/cache/apt/archives/a.deb"),
        ("/var/log/apt/history.log", "x", "/var/log/apt/history.log"),
        ("/etc/passwd", "me:x:1000:1000::/home/me:/bin/sh\n", "the user me"),
        ("/etc/shadow", "root:$y$abc:1::::::\n", "a password of root"),
        ("/etc/shadow", "root::1::::::\n", "a password of root"),
        ("/home/me/.profile", "x", "/home/me"),
        ("/root/.ssh/authorized_keys", "x", "/root/.ssh/authorized_keys"),
        ("/etc/apt/auth.conf.d/private.conf", "x", "/etc/apt/auth.conf.d/private.conf"),
    ],
)
def test_dirt_is_found(
    clean: Path, tmp_path: Path, cache: Path, path: str, text: str, told: str
) -> None:
    put(clean, path, text)
    assert told in findings(clean, tmp_path)


def test_a_name_across_two_chunks_is_found(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    name = "builder.corp.example"
    with raw.open("wb") as file:
        file.seek(offline.CHUNK - 7)
        file.write(name.encode())
    assert offline.OfflineImage(raw, 0)._offsets(name.encode()) == {offline.CHUNK - 7}


def test_a_disk_without_a_table_is_refused(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(4096))
    with pytest.raises(VesselError, match="VES-806"):
        offline.root_offset(raw)
