"""KVM or emulation: decided by what a kernel really does here, not by what /dev promises.

On some hosts /dev/kvm opens and stock kernels hang under it, after the firmware or later. So KVM is
used only after the image reached its login prompt under it, once for each boot of the host.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from .._common.files import write_text
from .._common.places import cache_root
from .._common.progress import report
from .._common.scratch import scratch
from .._export.exported import BOOTABLE
from . import console, process
from .overlay import make_overlay
from .qemu import PROGRAM, Machine, argv

DEVICE = Path("/dev/kvm")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Seconds. Under a KVM that works, a kernel speaks in two seconds and the prompt is there in ten.
KERNEL_LIMIT = 20.0
LOGIN_LIMIT = 90.0


@dataclass(frozen=True, slots=True)
class Accelerator:
    """`name` is `kvm` or `tcg`; `reason` says why, for people."""

    name: str
    reason: str


def choose(image: Path, wanted: str = "auto", form: str = BOOTABLE) -> Accelerator:
    """The accelerator for guests of `image`, of the format `form`. `wanted`: `auto`, or `tcg` or
    `kvm` unasked."""
    if wanted != "auto":
        return Accelerator(wanted, "as asked")
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return Accelerator("tcg", f"{DEVICE} cannot be opened")
    remembered = _recall()
    if remembered is None:
        remembered = _probe(image, form)
        _remember(remembered)
    report(f"accelerator: {remembered.name}, {remembered.reason}")
    return remembered


def distrust() -> Accelerator:
    """A guest under KVM did not come up though the probe had: emulate until the host boots again.

    A fault of the image shows under emulation as well.
    """
    answer = Accelerator("tcg", "a guest under KVM did not come up")
    _remember(answer)
    report(f"accelerator: {answer.name}, {answer.reason}")
    return answer


def _probe(image: Path, form: str) -> Accelerator:
    """Boot a throw-away overlay of `image` under KVM and wait for a login prompt."""
    report(f"probing KVM: does a kernel speak within {KERNEL_LIMIT:g} s")
    with scratch("probe") as directory:
        disk = make_overlay(image, directory / "overlay.qcow2", form=form)
        machine = Machine(disk, directory / "console.txt", "kvm", memory_mib=1024)
        guest = process.start(argv(machine), directory / "qemu.txt")
        begun = time.monotonic()
        try:
            while True:
                time.sleep(0.5)
                text, seconds = console.read(machine.console), time.monotonic() - begun
                if console.at_login(text):
                    return Accelerator("kvm", f"a login prompt after {seconds:.0f} s")
                if not guest.alive():
                    said = (directory / "qemu.txt").read_text(errors="replace").strip()
                    first = said.partition("\n")[0].removeprefix(f"{PROGRAM}: ")
                    return Accelerator("tcg", f"QEMU gave up under KVM: {first}")
                if why := _hopeless(text, seconds):
                    return Accelerator("tcg", f"{DEVICE} opens, but {why} under it")
        finally:
            guest.stop()


def _hopeless(text: str, seconds: float) -> str:
    """Why a guest with this console after so many seconds is given up; empty while it is not."""
    if seconds >= LOGIN_LIMIT:
        return f"no login prompt came within {LOGIN_LIMIT:g} s"
    if seconds >= KERNEL_LIMIT and not console.kernel_spoke(text):
        return f"no kernel spoke within {KERNEL_LIMIT:g} s"
    return ""


def _place() -> Path:
    return cache_root() / "proof" / "accelerator.json"


def _recall() -> Accelerator | None:
    """The answer of an earlier probe, if the host has not been booted since."""
    try:
        kept = json.loads(_place().read_text(encoding="utf-8"))
        if kept.pop("boot_id") != BOOT_ID.read_text().strip():
            return None
        return Accelerator(**kept)
    except (OSError, ValueError, TypeError, KeyError):
        return None  # never asked, or not readable: ask again


def _remember(answer: Accelerator) -> None:
    kept = {"boot_id": BOOT_ID.read_text().strip(), **asdict(answer)}
    write_text(_place(), json.dumps(kept))
