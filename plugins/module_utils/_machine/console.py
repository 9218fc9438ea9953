"""Reading what a guest wrote on its serial console, and picking the lines that tell something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

LOGIN = re.compile(r"\S login: ")
KERNEL = re.compile(r"Linux version |^\[ *\d+\.\d{6}\] ", re.MULTILINE)
PANIC = re.compile(r"Kernel panic - not syncing")
# An emulated processor that runs code which another one is just changing: the kernel meets a break
# point of its own that is gone already. QEMU's fault (RHBZ 2216496), one boot in hundreds.
STALE_BREAKPOINT = re.compile(r"\bint3: 0000 \[#1\]")
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=!]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78cM])")
TELLING = re.compile(
    r"error|fail|panic|emergency|denied|timed out|unable|not found|no such|refused|cannot|"
    r"could not|deny-listed|blacklist|unreachable",
    re.IGNORECASE,
)
# Noise of every healthy boot in a virtual machine that the pattern above would pick.
HARMLESS = re.compile(
    r"ACPI.*error|i8042|error recovery|errors=remount-ro|failing back|Failed to find cpu0|"
    r"RETBleed|pmd_set_huge|gpt-auto",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """`text` without terminal escapes and carriage returns."""
    return ESCAPES.sub("", text).replace("\r", "")


def read(path: Path) -> str:
    """The console so far; empty when nothing was written yet."""
    try:
        return plain(path.read_bytes().decode(errors="replace"))
    except FileNotFoundError:
        return ""


def last_line(text: str, width: int = 90) -> str:
    """The last line that says something, cut to `width`; what to show while nothing is wrong."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return said[-1][:width] if said else "nothing on the console yet"


def at_login(text: str) -> bool:
    """Whether a login prompt was reached."""
    return LOGIN.search(text) is not None


def kernel_spoke(text: str) -> bool:
    """Whether a line comes from the kernel, and not only from firmware or boot loader."""
    return KERNEL.search(text) is not None


def panicked(text: str) -> bool:
    """Whether the kernel gave up."""
    return PANIC.search(text) is not None


def emulator_failed(text: str) -> bool:
    """Whether it was QEMU's emulation that broke the kernel, not anything in the guest."""
    return STALE_BREAKPOINT.search(text) is not None


def telling(lines: Iterable[str], limit: int = 8) -> tuple[str, ...]:
    """The last `limit` lines that speak of trouble; without any, the last lines as they are."""
    kept = [line.strip() for line in lines if line.strip()]
    trouble = [line for line in kept if TELLING.search(line) and not HARMLESS.search(line)]
    return tuple(line[:300] for line in (trouble or kept)[-limit:])
