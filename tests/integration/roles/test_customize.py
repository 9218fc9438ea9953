"""The role customize on a copy of a real package tree, in the sandbox; no image and no boot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._tree.customize import contents

ROOT = Path(__file__).resolve().parents[3]
SANDBOX = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts"]
SANDBOX += ["--fork", "--kill-child", "--mount-proc"]
PLAY = [{"hosts": "node", "gather_facts": False, "roles": ["vessel.image.customize"]}]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a tree is entered as root")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, package_tree: Path) -> Iterator[Path]:
    tree = tmp_path_factory.mktemp("customize") / "tree"
    subprocess.run(["cp", "-a", "--reflink=auto", package_tree, tree], check=True)
    yield tree
    shutil.rmtree(tree)


def known(tree: Path, *named: str) -> list[str]:
    """What known.sh refuses: the codes and the keys."""
    with (ROOT / "roles/customize/files/known.sh").open() as script:
        done = subprocess.run(
            [*SANDBOX, "chroot", tree, "/bin/sh", "-s", "--", *named],
            stdin=script,
            capture_output=True,
            text=True,
            check=False,
        )
    told = [line for line in done.stderr.splitlines() if line.startswith("VES-")]
    assert bool(done.returncode) is bool(told), done.stderr
    return [" ".join(line.split()[:2] + line.split()[3:4]) for line in told]


def test_what_a_tree_has(tree: Path) -> None:
    units = ["ssh.service", "systemd-timesyncd.service", "getty@tty2.service", "fstrim.timer",
             "tmp.mount", "systemd-journald.socket", "user.slice", "multi-user.target",
             "systemd-ask-password-console.path", "proc-sys-fs-binfmt_misc.automount",
             "serial-getty@.service", "dbus-org.freedesktop.timesync1.service"]  # fmt: skip
    assert known(tree, *(f"units.{key}={unit}" for key in ("disabled", "masked") for unit in units
                         if "dbus-org" not in unit)) == []  # fmt: skip
    modules = ["overlay", "br_netfilter", "br-netfilter", "ext4", "fs-ext4", "loop"]
    assert known(tree, *(f"kernel_modules={name}" for name in modules)) == []
    # What generators and the kernel make cannot be seen here.
    made = ["dev-tpmrm0.device", "efi.automount", "boot.mount", r"dev-disk-by\x2dlabel-x.swap"]
    assert known(tree, *(f"units.masked={unit}" for unit in made)) == []


@pytest.mark.parametrize("key", ["units.enabled", "units.disabled", "units.masked"])
@pytest.mark.parametrize(
    "unit",
    ["fstrimm.timer", "nosuch.service", "nosuch@a.service", "getty@tty2.socket", "a.slice",
     "a.target", "ssh.path"],
)  # fmt: skip
def test_a_unit_that_is_not_there(tree: Path, key: str, unit: str) -> None:
    assert known(tree, f"{key}={unit}") == [f"VES-546: customize.{key} {unit},"]


def test_all_are_told(tree: Path) -> None:
    said = known(tree, "units.masked=x.service", "units.enabled=ssh.service", "kernel_modules=oops",
                 "units.disabled=x.mount", "kernel_modules=loop")  # fmt: skip
    assert said == [
        "VES-546: customize.units.masked x.service,",
        "VES-547: customize.kernel_modules oops,",
        "VES-546: customize.units.disabled x.mount,",
    ]


def play(tree: Path, **wanted: Any) -> str:
    """What the play says that applies the role to `wanted` of a spec."""
    nothing = load_spec(ROOT / "specs/wasm-node.yml").customize
    found = contents({**nothing, **wanted}, {})
    variables = {f"customize_{name}": value for name, value in found.items()}
    node = {"ansible_connection": "vessel.image.tree", "ansible_host": str(tree), **variables}
    inventory, file = tree.parent / "inventory.json", tree.parent / "play.yml"
    inventory.write_text(json.dumps({"node": {"hosts": {"tree": node}}}))
    file.write_text(json.dumps(PLAY))
    playbook = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [*SANDBOX, playbook, "-i", inventory, file],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "VESSEL_OUTSIDE": os.readlink("/proc/self/ns/mnt"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def units(**states: list[str]) -> dict[str, list[str]]:
    return {state: states.get(state, []) for state in ("enabled", "disabled", "masked")}


def test_the_role_asks_for_what_the_spec_names(tree: Path) -> None:
    said = play(tree, units=units(masked=["nosuch.service"]), kernel_modules=["oops"])
    assert said.startswith("2\n")
    assert "VES-546: customize.units.masked names nosuch.service" in said
    assert "VES-547: customize.kernel_modules names oops" in said
    assert not (tree / "etc/systemd/system/nosuch.service").is_symlink()


def test_units_that_a_file_of_the_spec_brings_are_known(tree: Path) -> None:
    path = "/etc/systemd/system/own.slice"
    own = {"path": path, "content": "[Install]\nWantedBy=multi-user.target\n", "owner": "root",
           "group": "root"}  # fmt: skip
    states = units(enabled=["own.slice"], masked=["fstrim.timer"], disabled=["ssh.service"])
    said = play(tree, files=[own], units=states, kernel_modules=["loop"])
    assert said.startswith("0\n"), said
    system = tree / "etc/systemd/system"
    assert (system / "multi-user.target.wants/own.slice").is_symlink()
    assert os.readlink(system / "fstrim.timer") == "/dev/null"
