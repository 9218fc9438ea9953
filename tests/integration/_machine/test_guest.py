"""The modules `guest` and `prove` as a playbook meets them, with a machine of sixty bytes.

Its disk is a boot sector that says on the serial port what a login prompt says, and halts. So a
guest is up within seconds, under emulation too, and there is nothing of a node in it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file
from ansible_collections.vessel.image.plugins.module_utils._machine import ending, guest
from ansible_collections.vessel.image.plugins.module_utils._machine.qemu import PROGRAM
from unit._export.papers import MANIFEST, write

SAYS = b"node login: \0"
CODE = bytes.fromhex(
    "fa 31c0 8ed8"  # cli; xor ax, ax; mov ds, ax
    "be157c"  # mov si, 0x7c15: what follows the code
    "baf803"  # mov dx, 0x3f8: the first serial port
    "ac 84c0 7403"  # lodsb; test al, al; jz to hlt
    "ee ebf8"  # out dx, al; jmp to lodsb
    "f4 90"  # hlt; nop
)
NAMES = ("vessel-test-one", "vessel-test-two")
PLAYS = """
- hosts: localhost
  gather_facts: false
  tasks:
    - vessel.image.prove: {output: out, spec: SPEC, root: ROOT, phase: image, checks: [image.sums],
                           begin: true}
    - vessel.image.guest: {name: "{{ item }}", output: out, firmware: bios, until: login,
                           accelerator: tcg, memory: 64, cpus: 1, disk: 1}
      loop: [ONE, TWO]
    - vessel.image.prove: {output: out, spec: SPEC, root: ROOT, phase: pods,
                           checks: [image.unchanged]}
    - vessel.image.prove: {output: out, spec: SPEC, root: ROOT, phase: bios, guest: ONE}
"""
ENDS = """
- hosts: localhost
  gather_facts: false
  tasks:
    - vessel.image.guest: {name: "{{ item }}", state: absent}
      loop: [ONE, TWO]
"""


@pytest.fixture
def place(tmp_path: Path, cache: Path) -> Iterator[Path]:
    raw, output = tmp_path / "disk", tmp_path / "out"
    raw.write_bytes((CODE + SAYS).ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20))
    output.mkdir()
    image = output / "i.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", raw, image], check=True)
    digest = sha256_file(image)
    artifact = {"path": image.name, "format": "qcow2", "sha256": digest, "size": 1}
    write(output, "manifest.json", {**MANIFEST, "artifacts": [artifact]})
    (output / "SHA256SUMS").write_text(f"{digest}  {image.name}\n")
    yield tmp_path
    for name in NAMES:
        ending.stop(name)


def played(root: Path, place: Path, plays: str) -> subprocess.CompletedProcess[str]:
    words = {"ONE": NAMES[0], "TWO": NAMES[1], "ROOT": str(root)}
    words["SPEC"] = str(root / "specs/wasm-node.yml")
    for word, value in words.items():
        plays = plays.replace(word, value)
    (place / "plays.yml").write_text(plays)
    return subprocess.run(
        ["ansible-playbook", "plays.yml"],
        cwd=place,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not shutil.which(PROGRAM), reason="QEMU is not installed")
def test_guests_outlive_the_playbook_that_proves_them_and_are_ended_by_another(
    root: Path, place: Path
) -> None:
    assert len(CODE) == 0x15
    done = played(root, place, PLAYS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.name for each in guest.running()] == list(NAMES)
    proof = json.loads((place / "out/proof.json").read_text())
    found = {f"{each['phase']}/{each['boot']}/{each['name']}" for each in proof["checks"]}
    assert found == {"image/0/image.sums", "bios/1/console.login", "pods/0/image.unchanged"}
    assert all(each["passed"] for each in proof["checks"])
    assert not proof["passed"] and "pods/1/wasm.wasmedge" in proof["not_run"]
    assert proof["accelerator"] == "tcg: as asked"
    done = played(root, place, ENDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert guest.running() == []
