"""A guest for a person, with a shell script in the place of QEMU."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.action import boot
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import (
    accelerator,
    ending,
    guest,
    overlay,
    ports,
    starting,
    visit,
)
from ansible_collections.vessel.image.plugins.module_utils._machine.visit import Wish

LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBB me@here"


@pytest.fixture
def wish(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Wish:
    """An exported image, and a machine that reaches its login prompt at once."""
    directory = tmp_path / "output/node"
    directory.mkdir(parents=True)
    (directory / "i.qcow2").write_bytes(b"QFI\xfb" + bytes(20) + (1 << 30).to_bytes(8, "big"))
    artifact = {"path": "i.qcow2", "format": "qcow2", "sha256": "00"}
    manifest = {"schema": 1, "name": "node", "stages": [], "node": {}, "artifacts": [artifact]}
    (directory / "manifest.json").write_text(json.dumps(manifest))
    spec = tmp_path / "node.yml"
    spec.write_text('schema: 1\nname: node\nkubernetes:\n  version: "1.36.3"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(starting, "_machine", lambda directory, wanted, state: state)
    monkeypatch.setattr(starting, "argv", stand_in)
    monkeypatch.setattr(guest, "greets", lambda port: True)
    return Wish(output=tmp_path / "output", spec=spec, accelerator="tcg")


def stand_in(state: guest.Guest) -> list[str]:
    script = f"echo 'node login: ' >> {shlex.quote(str(state.console))}; exec sleep 60"
    return ["sh", "-c", script]


def test_it_boots_once_and_says_how_to_get_in(wish: Wish, tmp_path: Path) -> None:
    wish = Wish(**{**given(wish), "ports": ("6443",), "user": "me"})
    answer = visit.present(wish)
    (running,) = answer.guests
    assert answer.changed
    assert (running.name, running.user, running.ports) == ("node", "me", "6443:6443")
    text = "\n".join(answer.lines)
    assert f"ssh -p {running.port} " in text
    assert f"UserKnownHostsFile={guest.place('node')}/known_hosts" in text
    assert f"-i {guest.place('node')}/id_ed25519 me@127.0.0.1" in text
    assert "127.0.0.1:6443 leads to the guest's 6443" in text
    again = visit.present(wish)
    assert not again.changed
    assert again.lines == ("it was running already", *answer.lines)
    assert visit.described().lines == answer.lines
    assert visit.absent(wish, check=True).changed
    assert running.process.alive()
    assert visit.absent(wish).changed
    assert not running.process.alive()
    assert not guest.place("node").exists()
    assert not visit.absent(wish).changed
    assert visit.described().lines == ("no guest is running",)


def given(wish: Wish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in wish.__slots__}


def test_it_has_no_end_of_its_own(wish: Wish) -> None:
    (running,) = visit.present(wish).guests
    words = Path(f"/proc/{running.pid}/cmdline").read_bytes().split(b"\0")
    assert words[:2] == [b"sleep", b"60"]  # and no timeout(1) around it
    visit.absent(wish)


def test_one_whose_boot_was_interrupted_is_waited_for(wish: Wish) -> None:
    (running,) = visit.present(wish).guests
    guest.save(replace(running, seconds=0.0))
    answer = visit.present(wish)
    assert not answer.changed
    assert answer.guests[0].seconds >= 0
    assert answer.guests[0].pid == running.pid
    visit.absent(wish)


def test_ones_own_key_needs_no_identity(wish: Wish, tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519.pub").write_text(LINE)
    (running,) = visit.present(wish).guests
    assert " -i " not in visit.ssh_command(running)
    visit.absent(wish)


def test_check_mode_boots_nothing_and_tells_what_is_wrong(wish: Wish) -> None:
    answer = visit.present(wish, check=True)
    assert answer.changed
    assert answer.lines == ("would boot i.qcow2 as the guest node",)
    assert guest.running() == []
    for wrong, code in (
        ({"ports": ("x",)}, "VES-811"),
        ({"public_key": Path("/nowhere.pub")}, "VES-813"),
        ({"user": "A B"}, "VES-814"),
        ({"name": "../x"}, "VES-815"),
        ({"output": wish.output / "none"}, "VES-801"),
    ):
        with pytest.raises(VesselError, match=code):
            visit.present(Wish(**{**given(wish), **wrong}), check=True)


def test_the_directory_of_one_image_will_do(wish: Wish) -> None:
    one = Wish(**{**given(wish), "output": wish.output / "node", "spec": Path("/nowhere")})
    assert visit.find_image(one).name == "node"
    (wish.output / "node/i.qcow2").unlink()
    with pytest.raises(VesselError, match=r"VES-801: there is no image .*i\.qcow2"):
        visit.find_image(one)


def test_a_proofs_guest_is_left_alone(wish: Wish, tmp_path: Path) -> None:
    wanted = starting.Wanted(wish.output / "node/i.qcow2", tmp_path / "logs", ssh=False)
    running = starting.start("node", wanted, accelerator.Accelerator("tcg", ""))
    for act in (visit.present, visit.absent):
        with pytest.raises(VesselError, match="VES-817"):
            act(wish)
    (line,) = visit.described().lines
    assert line.endswith("s (uefi, tcg), of a proof")
    ending.stop("node")
    assert not running.process.alive()


def test_a_disk_is_never_cut(tmp_path: Path) -> None:
    image = overlay.make_disk(tmp_path / "i.qcow2", 1)
    assert overlay.virtual_size(image) == 1 << 30
    assert overlay.virtual_size(overlay.make_overlay(image, tmp_path / "p.qcow2", 2)) == 2 << 30
    with pytest.raises(VesselError, match="VES-816"):
        overlay.make_overlay(image, tmp_path / "o.qcow2", 0)


def test_a_path_with_blanks_is_quoted_twice(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESSEL_CACHE", str(cache / "my cache"))
    running = guest.Guest("g", 1, 1, 22, "uefi", "h", "tcg", "", "/logs", user="me")
    words = shlex.split(visit.ssh_command(running))
    assert f'UserKnownHostsFile="{cache}/my cache/proof/guests/g/known_hosts"' in words
    asked = subprocess.run(
        [*words[:-1], "-G", words[-1]], capture_output=True, text=True, check=True
    )
    assert f"userknownhostsfile {cache}/my cache/proof/guests/g/known_hosts" in asked.stdout


def test_the_module_takes_what_ansible_hands_it(
    wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = {name: option.get("default") for name, option in boot.ActionModule.ARGUMENTS.items()}
    handed |= {"output": str(wish.output), "spec": str(wish.spec), "ports": ["80:80"]}
    monkeypatch.setattr(ports, "require_free", lambda ports: None)
    assert boot.answer_to(handed, check=True).changed
    assert boot.answer_to({**handed, "state": "absent"}, check=True).changed is False
    assert boot.answer_to({**handed, "state": "described"}, check=False).guests == ()
