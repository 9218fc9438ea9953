"""A whole disk from a small tree, by the pinned tools, and what those tools then say of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._disk import ext4
from ansible_collections.vessel.image.plugins.module_utils._disk.disk import build_disk, read_info
from ansible_collections.vessel.image.plugins.module_utils._disk.layout import Boot
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools

EPOCH = 1_700_000_000
RELEASE = "6.12.9-cloud-amd64"
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")  # cap_net_raw=ep
# ACL, version 2: user::rw-, user:1000:r--, group::r--, mask::r--, other::---
ACL = bytes.fromhex(
    "02000000" "01000600ffffffff" "02000400e8030000" "04000400ffffffff" "10000400ffffffff"
    "20000000ffffffff"
)  # fmt: skip

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="makes devices, owners, attributes")


def make_trees(base: Path) -> list[Path]:
    """A node tree with one of everything, and a second tree to be laid over it."""
    node, preload = base / "node", base / "preload"
    (node / "boot").mkdir(parents=True)
    for name in (f"vmlinuz-{RELEASE}", f"initrd.img-{RELEASE}"):
        (node / "boot" / name).write_bytes(name.encode())
    for name in ("etc", "dev", "usr/bin", "var/lib"):
        (node / name).mkdir(parents=True)
    (node / "bin").symlink_to("usr/bin")
    (node / "etc/NetLock_Arany_(Class_Gold)_Főtanúsítvány.pem").write_text("certificate")
    (node / "etc/empty").touch()
    (node / "usr/bin/tool").write_bytes(os.urandom(100_000))
    os.link(node / "usr/bin/tool", node / "usr/bin/tool-1.0")
    (preload / "var/lib/containerd").mkdir(parents=True, mode=0o700)
    (preload / "var/lib/containerd/meta.db").write_bytes(b"x" + bytes(1 << 20))
    return [node, preload]


def special(node: Path) -> None:
    os.mknod(node / "dev/null", 0o020666, os.makedev(1, 3))
    os.mkfifo(node / "dev/pipe")
    os.chown(node / "etc/empty", 65534, 1000)
    (node / "usr/bin/tool").chmod(0o4755)
    os.setxattr(node / "usr/bin/tool", "security.capability", CAPABILITY)
    os.setxattr(node / "etc/empty", "user.note", b"two\nlines\0")
    os.setxattr(node / "etc/empty", "system.posix_acl_access", ACL)
    odd = node / 'etc/an "odd" name'
    odd.touch()
    os.link(odd, node / "etc/odd-name")
    os.setxattr(odd, "user.note", b"odd")
    os.setxattr(node / "var/lib", "trusted.overlay.opaque", b"y")


AMD64 = ARCHITECTURES["amd64"]
BOOT = Boot(AMD64.grub, AMD64.efi_path, AMD64.root_type, AMD64.consoles)


def debugfs(tools: Tools, disk: Path, command: str) -> str:
    where = f"{disk}?offset={read_info(disk.with_suffix('.json')).partitions[-1].start}"
    result = run(tools.argv("debugfs", "-R", command, where))
    assert "not found" not in result.stderr, result.stderr
    return result.stdout


def build(trees: list[Path], tools: Tools, destination: Path, **options: object) -> Path:
    destination.parent.mkdir(parents=True, exist_ok=True)
    build_disk(trees, tools, destination, identity="1" * 64, epoch=EPOCH, boot=BOOT, **options)  # type: ignore[arg-type]
    return destination


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = make_trees(tmp_path_factory.mktemp("trees"))
    if os.geteuid() == 0:
        special(made[0])
    return made


@pytest.fixture(scope="module")
def disk(trees: list[Path], tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(trees, tools, tmp_path_factory.mktemp("disk") / "disk.raw")


def test_the_same_input_gives_the_same_bytes(
    trees: list[Path], tools: Tools, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = []
    for tree in trees:
        copies.append(tmp_path / "copy of trees" / tree.name)
        copies[-1].parent.mkdir(exist_ok=True)
        run(["cp", "--archive", tree, copies[-1]])
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    old = os.umask(0o077)
    try:
        again = build(copies, tools, tmp_path / "other place" / "again.raw")
    finally:
        os.umask(old)
    assert sha256_file(again) == sha256_file(disk)


def test_another_identity_gives_other_uuids(
    trees: list[Path], tools: Tools, tmp_path: Path
) -> None:
    one = build_disk(trees, tools, tmp_path / "1.raw", identity="1", epoch=EPOCH, boot=BOOT)
    two = build_disk(trees, tools, tmp_path / "2.raw", identity="2", epoch=EPOCH, boot=BOOT)
    assert not {part.uuid for part in one.partitions} & {part.uuid for part in two.partitions}
    assert one.root_uuid != two.root_uuid


def test_file_systems_are_clean_and_the_disk_is_sparse(
    tools: Tools, disk: Path, tmp_path: Path
) -> None:
    info = read_info(disk.with_suffix(".json"))
    assert disk.stat().st_size == info.size
    assert disk.stat().st_blocks * 512 < 32 << 20
    for part, check in [(1, ["fsck.fat", "-n"]), (2, ["e2fsck", "-fn"])]:
        place = info.partitions[part]
        image = tmp_path / f"{place.name}.img"
        cut = ["dd", f"if={disk}", f"of={image}", "bs=1M", "conv=sparse"]
        run([*cut, f"skip={place.start >> 20}", f"count={place.size >> 20}"])
        os.truncate(image, place.size)
        run(tools.argv(*check, image))


def test_contents_are_those_of_the_trees(trees: list[Path], disk: Path) -> None:
    data = (disk.parent / "contents.json").read_bytes()
    files = {file["path"]: file for file in json.loads(data)["files"]}
    for path, source in [
        ("/usr/bin/tool", trees[0] / "usr/bin/tool"),
        ("/usr/bin/tool-1.0", trees[0] / "usr/bin/tool"),
        ("/var/lib/containerd/meta.db", trees[1] / "var/lib/containerd/meta.db"),
    ]:
        assert files[path]["sha256"] == sha256_file(source)
    assert {"/etc/fstab", "/boot/grub/grub.cfg"} < files.keys()


def test_root_can_grow_far(tools: Tools, disk: Path) -> None:
    text = debugfs(tools, disk, "show_super_stats -h")
    assert "resize_inode" in text
    assert int(re.findall(r"Reserved GDT blocks: +(\d+)", text)[0]) > 100


def test_configuration_names_the_root(tools: Tools, disk: Path) -> None:
    info = read_info(disk.with_suffix(".json"))
    assert debugfs(tools, disk, "cat /etc/fstab").startswith(f"UUID={info.root_uuid} / ext4 ")
    text = debugfs(tools, disk, "cat /boot/grub/grub.cfg")
    assert f"linux /boot/vmlinuz-{RELEASE} root=UUID={info.root_uuid} ro " in text
    assert debugfs(tools, disk, "cat /etc/NetLock_Arany_(Class_Gold)_Főtanúsítvány.pem") == (
        "certificate"
    )


def test_boot_loaders_are_in_their_places(tools: Tools, disk: Path) -> None:
    info = read_info(disk.with_suffix(".json"))
    with disk.open("rb") as file:
        sector = file.read(512)
        file.seek(info.partitions[0].start)
        core = file.read(512)
    assert int.from_bytes(sector[0x5C:0x64], "little") * 512 == info.partitions[0].start
    assert sector[0x66:0x68] == b"\x90\x90"
    assert int.from_bytes(core[500:508], "little") * 512 == info.partitions[0].start + 512
    where = f"{disk}@@{info.partitions[1].start}"
    efi = subprocess.run(
        tools.argv("mtools", "-c", "mcopy", "-i", where, "::EFI/BOOT/BOOTX64.EFI", "-"),
        check=True,
        capture_output=True,
    ).stdout
    assert efi.startswith(b"MZ")
    assert info.root_uuid.encode() in efi


def test_hard_links_and_the_upper_tree(tools: Tools, disk: Path) -> None:
    one = debugfs(tools, disk, "stat /usr/bin/tool")
    assert "Links: 2" in one
    assert one == debugfs(tools, disk, "stat /usr/bin/tool-1.0")
    assert "Size: 1048577" in debugfs(tools, disk, "stat /var/lib/containerd/meta.db")
    assert "Mode:  0700" in debugfs(tools, disk, "stat /var/lib/containerd")


@needs_root
def test_owners_devices_and_attributes_survive(tools: Tools, disk: Path, tmp_path: Path) -> None:
    null = debugfs(tools, disk, "stat /dev/null")
    assert "Type: character special" in null
    assert "01:03" in null
    assert "Type: FIFO" in debugfs(tools, disk, "stat /dev/pipe")
    empty = debugfs(tools, disk, "stat /etc/empty")
    assert re.search(r"User: 65534 +Group: +1000", empty)
    assert "Mode:  04755" in debugfs(tools, disk, "stat /usr/bin/tool")
    for file, name, value in [
        ("/usr/bin/tool", "security.capability", CAPABILITY),
        ("/etc/empty", "user.note", b"two\nlines\0"),
        # On the disk, entries without an id have none; debugfs reads it back as zero.
        ("/etc/empty", "system.posix_acl_access", ACL.replace(b"\xff", b"\0")),
        ("/etc/odd-name", "user.note", b"odd"),
        ("/var/lib", "trusted.overlay.opaque", b"y"),
    ]:
        out = tmp_path / "value"
        debugfs(tools, disk, f"ea_get -f {out} {file} {name}")
        assert out.read_bytes() == value, name
        out.unlink()


def test_an_attribute_that_cannot_be_set_is_an_error(
    trees: list[Path], tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ext4, "_word", lambda text: text.replace("/var/lib", "/no/such"))
    (trees[0] / "var/lib/marked").touch()
    os.setxattr(trees[0] / "var/lib/marked", "user.note", b"x")
    try:
        with pytest.raises(VesselError, match="VES-604: extended attributes could not be set"):
            build(trees, tools, tmp_path / "d" / "disk.raw")
    finally:
        (trees[0] / "var/lib/marked").unlink()


def test_a_disk_that_is_too_small_is_refused_and_leaves_nothing(
    trees: list[Path], tools: Tools, tmp_path: Path
) -> None:
    with pytest.raises(VesselError, match="VES-601"):
        build(trees, tools, tmp_path / "d" / "disk.raw", size=80 << 20)
    assert list((tmp_path / "d").iterdir()) == []


def test_the_smallest_size_that_is_not_refused_suffices(tools: Tools, tmp_path: Path) -> None:
    trees = make_trees(tmp_path)
    (trees[0] / "ballast").write_bytes(os.urandom(150 << 20))
    with pytest.raises(VesselError) as caught:
        build(trees, tools, tmp_path / "d" / "disk.raw", size=80 << 20)
    needed = int(re.findall(r"needs (\d+) MiB", str(caught.value))[0])
    build(trees, tools, tmp_path / "d" / "disk.raw", size=needed << 20)
    assert (tmp_path / "d" / "disk.raw").stat().st_size == needed << 20


def test_a_tool_that_fails_is_reported_and_leaves_nothing(
    trees: list[Path], tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ext4, "FEATURES", "none,no_such_feature")
    with pytest.raises(VesselError, match="VES-102: making the root file system failed"):
        build(trees, tools, tmp_path / "d" / "disk.raw")
    assert list((tmp_path / "d").iterdir()) == []


def test_a_file_that_changes_meanwhile_stops_the_build(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = make_trees(tmp_path)
    real = shutil.copy(trees[0] / "usr/bin/tool", tmp_path / "kept")

    def grow(*arguments: object, **options: object) -> None:
        (trees[0] / "usr/bin/tool").write_bytes(Path(real).read_bytes() + b"more")

    target = "ansible_collections.vessel.image.plugins.module_utils._disk.disk.make_esp"
    monkeypatch.setattr(target, grow)
    with pytest.raises(VesselError, match="VES-605: /usr/bin/tool changed"):
        build(trees, tools, tmp_path / "d" / "disk.raw")
    assert list((tmp_path / "d").iterdir()) == []
