from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import console


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\r\nDebian GNU/Linux 13 node ttyS0\r\n\r\nnode login: ", True),
        ("node login: [   61.2] late line", True),
        ("systemd-logind: Login service", False),
        ("", False),
    ],
)
def test_login_prompt(text: str, expected: bool) -> None:
    assert console.at_login(console.plain(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[    0.000000] Linux version 6.12", True),
        ("\x1b[2J[    1.234567] pci 0000", True),
        ("SeaBIOS (version 1.16.2)\nBooting from Hard Disk...\nGRUB loading.", False),
        ("Booting `Linux'", False),
    ],
)
def test_only_a_kernel_counts_as_one(text: str, expected: bool) -> None:
    assert console.kernel_spoke(console.plain(text)) is expected


def test_what_moves_the_cursor_is_no_text() -> None:
    assert console.plain("\x1b[!p\x1b[2J\x1b[?7hnode login: \r\n") == "node login: \n"


def test_a_panic_and_whose_fault_it_is() -> None:
    panic = "[    2.210229] Kernel panic - not syncing: Fatal exception in interrupt"
    assert console.panicked(panic) and not console.emulator_failed(panic)
    assert console.emulator_failed(f"[    2.207730] Oops: int3: 0000 [#1] PREEMPT SMP\n{panic}")
    assert not console.panicked("kernel.panic = 10")


def test_telling_lines_are_the_troubled_ones() -> None:
    lines = ["all fine", "Failed to start x", "EXT4-fs errors=remount-ro", "", "more"]
    assert console.telling(lines) == ("Failed to start x",)
    assert console.telling(["a", "b", "c"], limit=2) == ("b", "c")
