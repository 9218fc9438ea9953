"""What scripts of packages and roles try on the host that builds: nothing of it comes about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, packages
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb
from ansible_collections.vessel.image.plugins.module_utils._tree.debfiles import unpack

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="building needs root")

SECRET = "a-password-of-the-builder"
SOCKET = "vessel-test-of-the-boundary"
SANDBOX = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts"]
SANDBOX += ["--fork", "--kill-child", "--mount-proc"]
# Each attempt that succeeds is a line in $1. None of them changes anything of the host's: a kernel
# parameter gets the value that it has, the signal is one that the program counts, the device is
# /dev/zero under another name.
ATTEMPTS = r"""#!/bin/sh
seen=$1
say() { echo "$1" >>"$seen"; }
parameter=/proc/sys/kernel/printk
value=$(cat $parameter)
(echo "$value" >$parameter) 2>/dev/null && say "a kernel parameter can be set"
for root in /proc/[0-9]*/root; do
    [ -e "$root@OUTSIDE@" ] && say "a file of the host by $root"
done
tr '\0' '\n' 2>/dev/null </proc/self/environ | grep -q @SECRET@ && say "the builder's environment"
cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -q @SECRET@ && say "an environment"
for directory in /proc/[0-9]*; do
    tr '\0' ' ' 2>/dev/null <"$directory/cmdline" | grep -q "MARK[E]D" || continue
    kill -USR1 "${directory#/proc/}" 2>/dev/null && say "a signal to the builder"
done
mkdir -p /mnt/attempt /var/attempt
perl -e '($none, $place, $kind) = ("none", "/var/attempt", "tmpfs");
    exit 1 if syscall(@MOUNT@, $none, $place, $kind, 0, 0); syscall(@UMOUNT@, $place, 0)' &&
    say "a mount"
unshare --user --map-root-user --mount true 2>/dev/null && say "a user namespace"
mknod /var/attempt/device c 1 5 2>/dev/null &&
    dd if=/var/attempt/device bs=512 count=1 >/dev/null 2>&1 && say "a device"
dd if=/planted-device bs=512 count=1 >/dev/null 2>&1 && say "a device that was planted"
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) or exit 1;
    exit !connect(S, pack_sockaddr_un("\0@SOCKET@"))' && say "an abstract socket"
perl -e '$! = 0; syscall(@KEYCTL@, 0, -4, 0); exit $! == 1' && say "a keyring"
perl -e 'mkdir "/var/attempt/j"; chroot "/var/attempt/j" or exit 1; chdir ".." for 1 .. 99;
    chroot "."; exit !-e "@OUTSIDE@"' && say "a way out of chroot"
for file in /mnt/pool/*.deb; do
    [ -e "$file" ] && (: >>"$file") 2>/dev/null && say "a package of the store"
done
rm -rf /var/attempt
effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
for right in 2:DAC_READ_SEARCH 12:NET_ADMIN 13:NET_RAW 14:IPC_LOCK 16:SYS_MODULE 17:SYS_RAWIO \
    19:SYS_PTRACE 20:SYS_PACCT 21:SYS_ADMIN 22:SYS_BOOT 23:SYS_NICE 24:SYS_RESOURCE 25:SYS_TIME \
    27:MKNOD 30:AUDIT_CONTROL 32:MAC_OVERRIDE 33:MAC_ADMIN 34:SYSLOG 38:PERFMON 39:BPF; do
    [ $(((0x$effective >> ${right%%:*}) & 1)) = 0 ] || say "the right ${right#*:}"
done
[ "$(hostname)" = localhost ] || say "the host's name"
say "all was tried"
"""
# In the sandbox of a build: installs the packages with a script that makes the attempts, and plays
# a role that makes them again.
PROGRAM = """
import json, os, signal, socket, sys
from pathlib import Path
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb, debs
from ansible_collections.vessel.image.plugins.module_utils._tree.packages import build_packages
from ansible_collections.vessel.image.plugins.module_utils._tree.play import play
given = json.load(sys.stdin)
signals = []
signal.signal(signal.SIGUSR1, lambda *_: signals.append(1))
listening = socket.socket(socket.AF_UNIX)
listening.bind("\\0" + given["socket"])
listening.listen()
wanted = debs({name: Path(file) for name, file in given["files"].items()})
tree, place = Path(given["tree"]), Path(given["place"])
build_packages(
    [*wanted, Deb("evil", "1", "all", Path(given["evil"]))],
    tree, epoch=given["epoch"], release="trixie",
)
(tree / "run").unlink()  # the link of the package's has done what it can
(tree / "run").mkdir()
os.mknod(tree / "planted-device", 0o20600, os.makedev(1, 5))
play(place, "play.yml", tree, {}, given["epoch"])
print(json.dumps({"signals": len(signals)}))
"""


@dataclass(frozen=True)
class Tried:
    """What the attempts of a package and of a role came to, and what the builder noticed."""

    by_package: list[str]
    by_role: list[str]
    signals: int
    outside: dict[str, str]


def attempts(outside: Path) -> str:
    intel = os.uname().machine == "x86_64"
    values = {
        "OUTSIDE": str(outside),
        "SECRET": SECRET,
        "SOCKET": SOCKET,
        "MOUNT": "165" if intel else "40",
        "UMOUNT": "166" if intel else "39",
        "KEYCTL": "250" if intel else "219",
    }
    text = ATTEMPTS
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def evil(place: Path, outside: Path) -> Path:
    """A package whose script makes the attempts, and leaves a link to the host."""
    tree = place / "evil"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: evil\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n"
        "Depends: apt\n"
    )
    link = f"rm -rf /run; ln -s {outside.parent} /run\n"
    script = tree / "DEBIAN/postinst"
    script.write_text(f"#!/bin/sh\nsh /usr/share/evil/attempts /etc/seen-by-package\n{link}")
    script.chmod(0o755)
    (tree / "usr/share/evil").mkdir(parents=True)
    (tree / "usr/share/evil/attempts").write_text(attempts(outside))
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, place / "evil.deb"],
                   check=True, capture_output=True)  # fmt: skip
    named = (
        place
        / subprocess.run(
            ["sha256sum", place / "evil.deb"], check=True, capture_output=True, text=True
        ).stdout.split()[0]
    )
    return (place / "evil.deb").rename(named)


@pytest.fixture(scope="module")
def tried(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    place = tmp_path_factory.mktemp("boundary")
    outside = place / "host/secret"
    outside.parent.mkdir()
    outside.write_text("the host's")
    for name in ("tree", "collection"):
        (place / name).mkdir()
    play = [{"hosts": "node", "gather_facts": False, "tasks": [{"ansible.builtin.raw":
             "sh /usr/share/evil/attempts /etc/seen-by-role"}]}]  # fmt: skip
    (place / "collection/play.yml").write_text(json.dumps(play))
    root = Path(__file__).resolve().parents[3]
    (place / "collection/ansible.cfg").write_text((root / "ansible.cfg").read_text())
    given = {
        "tree": str(place / "tree"),
        "place": str(place / "collection"),
        "socket": SOCKET,
        "evil": str(evil(place, outside)),
        **smallest(store),
    }
    done = subprocess.run(
        [*SANDBOX, sys.executable, "-c", PROGRAM, "MARKED"],
        input=json.dumps(given),
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ANSIBLE_COLLECTIONS_PATH": str(root / "collections"),
            "VESSEL_OUTSIDE": os.readlink("/proc/self/ns/mnt"),
            "https_proxy": f"http://user:{SECRET}@192.0.2.1",
            "A_TOKEN": SECRET,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    etc = place / "tree/etc"
    yield Tried(
        (etc / "seen-by-package").read_text().splitlines(),
        (etc / "seen-by-role").read_text().splitlines(),
        json.loads(done.stdout.splitlines()[-1])["signals"],
        {path.name: path.read_text() for path in outside.parent.iterdir()},
    )


def smallest(store: Store) -> dict[str, Any]:
    """The files of Debian's smallest system with apt, and its epoch."""
    mirrors = debian.host_mirrors()
    tools = packages.tools_packages(DEBIAN, ARCHITECTURES["amd64"])
    lock = debian.resolve(("apt",), tools, mirrors=mirrors)
    blobs = deb_blobs(lock["node"])
    fetch_debs(blobs.values(), store, mirrors=mirrors)
    files = {name: str(store.need(blob.sha256, blob.name)) for name, blob in blobs.items()}
    return {"files": files, "epoch": lock["source_date_epoch"]}


def test_a_packages_script_reaches_nothing(tried: Tried) -> None:
    assert tried.by_package == ["all was tried"]


def test_a_roles_script_reaches_nothing(tried: Tried) -> None:
    assert tried.by_role == ["all was tried"]


def test_the_builder_noticed_nothing(tried: Tried) -> None:
    assert tried.signals == 0


def test_a_link_of_the_packages_led_nobody_out(tried: Tried) -> None:
    """Neither mmdebstrap, which empties /run, nor us, who do it again."""
    assert tried.outside == {"secret": "the host's"}


def test_a_package_is_unpacked_into_its_tree_alone(tmp_path: Path) -> None:
    """A link of one package's is on the way to another's file."""
    for name in ("host", "tree", "way", "file"):
        (tmp_path / name).mkdir()
    (tmp_path / "way/usr").mkdir()
    (tmp_path / "way/usr/way").symlink_to(tmp_path / "host")
    (tmp_path / "file/usr/way").mkdir(parents=True)
    (tmp_path / "file/usr/way/file").write_text("x")
    # dpkg-deb(1) would ship the directories, too, which replace a link.
    made = [archive(tmp_path / name, f"./usr/way{rest}") for name, rest in
            (("way", ""), ("file", "/file"))]  # fmt: skip
    with suppress(VesselError):
        unpack(made, tmp_path / "tree")
    assert list((tmp_path / "host").iterdir()) == []
    assert os.readlink(tmp_path / "tree/usr/way") == str(tmp_path / "host")


def archive(tree: Path, path: str) -> Deb:
    """A package of one file; deb(5)."""
    place = tree.with_suffix(".parts")
    place.mkdir()
    (place / "control").write_text(f"Package: {tree.name}\nVersion: 1\nArchitecture: all\n")
    (place / "debian-binary").write_text("2.0\n")
    for tar, folder, name in (("control.tar", place, "./control"), ("data.tar", tree, path)):
        subprocess.run(["tar", "-cf", place / tar, "-C", folder, name], check=True)
    names = ["debian-binary", "control.tar", "data.tar"]
    subprocess.run(["ar", "rc", tree.with_suffix(".deb"), *names], cwd=place, check=True)
    return Deb(tree.name, "1", "all", tree.with_suffix(".deb"))
