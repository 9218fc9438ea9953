"""What ssh itself makes of the options of the way into a guest."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._machine.ssh import Ssh, make_key


def test_ssh_trusts_one_key_and_asks_nobody(tmp_path: Path) -> None:
    make_key(tmp_path)
    words = Ssh(tmp_path, 1022)._argv()
    said = run([*words, "-G", "root@127.0.0.1"], cwd=tmp_path).stdout
    found = dict(line.partition(" ")[::2] for line in said.splitlines())
    # A key that changed at a reboot is refused, and no agent of the host's is asked.
    wanted = {
        "stricthostkeychecking": "accept-new",
        "userknownhostsfile": "known_hosts",
        "batchmode": "yes",
        "identitiesonly": "yes",
        "identityagent": "none",
        "port": "1022",
        "forwardagent": "no",
    }
    assert "identityfile id_ed25519" in said.splitlines()
    assert {name: found[name] for name in wanted} == wanted


def test_a_guest_that_is_not_there_does_not_answer(tmp_path: Path) -> None:
    assert "ssh-ed25519 " in make_key(tmp_path)
    assert not Ssh(tmp_path, 1).answers()
