from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine import ending, guest, process


def test_a_stale_state_is_no_guest(cache: Path) -> None:
    directory = guest.place("gone")
    directory.mkdir(parents=True)
    state = guest.Guest("gone", 1, 1, 1, "uefi", "h", "tcg", "", "/nowhere")
    guest.save(state)
    assert guest.find("gone") is None
    with pytest.raises(VesselError, match="VES-804"):
        guest.need("gone")
    assert ending.stop("gone")
    assert not directory.exists()
    assert not ending.stop("gone")


def test_a_guest_of_a_newer_version_is_found(cache: Path) -> None:
    directory = guest.place("newer")
    directory.mkdir(parents=True)
    running = process.start(["sleep", "60"], directory / "output")
    state = guest.Guest(
        "newer", running.pid, running.started, 1, "uefi", "h", "tcg", "", "/nowhere"
    )
    guest.save(state)
    file = directory / guest.STATE
    file.write_text(json.dumps({**json.loads(file.read_text()), "tpm": True}))
    try:
        assert guest.find("newer") == state
    finally:
        running.stop()
