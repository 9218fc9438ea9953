"""Ending a guest, and what of it is kept."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from .._common.errors import VesselError
from .._common.progress import report
from .guest import REPORT_EVERY, SEED, Guest, find, place
from .monitor import press_power_button

# Seconds until a guest that was asked to has switched itself off.
LAST_WORDS = {"kvm": 60.0, "tcg": 180.0}


def stop(name: str) -> bool:
    """End the guest and remove its directory; False when there was nothing to do."""
    directory = place(name)
    guest = find(name)
    if guest is not None:
        guest.ssh.disconnect()
        guest.process.stop()
    existed = directory.exists()
    shutil.rmtree(directory, ignore_errors=True)
    return existed


def end(name: str) -> bool:
    """Keep the journal of a guest of the proof's that still answers, or let a visitor's switch
    itself off; then `stop` it."""
    guest = find(name)
    if guest is not None and guest.user:
        _switch_off(guest)
    elif guest is not None and (place(name) / SEED).is_dir():
        keep_journal(guest)
    return stop(name)


def keep_journal(guest: Guest) -> Path:
    """Copy the journal of the current boot to the logs. A guest that no longer answers is no
    reason to fail: its console is there."""
    path = Path(guest.logs) / f"{guest.name}-journal-{guest.boots}.txt"
    try:
        with path.open("wb") as file:
            guest.ssh.run(
                "journalctl --boot --no-pager --output=short-monotonic --no-hostname",
                stdout=file,
                timeout=180,
                check=False,
            )
    except VesselError as error:
        report(f"guest {guest.name}: no journal: {error.problems[0].what}")
    return path


def _switch_off(guest: Guest) -> None:
    """Press the power button and wait; a guest that is still starting has nothing to lose."""
    if not guest.seconds or not press_power_button(place(guest.name)):
        return
    begun = told = time.monotonic()
    while guest.process.alive():
        now = time.monotonic()
        if now - begun >= LAST_WORDS[guest.accelerator]:
            report(f"guest {guest.name}: did not switch itself off, so it is ended")
            return
        if now - told >= REPORT_EVERY:
            told = now
            report(f"guest {guest.name}: switching itself off, {now - begun:.0f} s")
        time.sleep(0.5)
    report(f"guest {guest.name}: switched itself off")
