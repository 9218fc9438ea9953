"""Skips are counted, and none is a surprise: each reason is listed here, and why it may be.

A reason that is not listed fails the run wherever that is. In CI, which has everything that tests
want, only those fail not that are listed for it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

# Pattern of the whole reason -> whether CI may have it.
EXPECTED: Mapping[str, bool] = {
    r".*needs? root.*|only root .*": False,
    r"a tree is entered as root": False,
    r"makes devices, owners, attributes": False,
    r".*: run `make image` first": False,
    r"(the package )?\S+ is not installed|this host has no apt|needs sfdisk.*": False,
    r"QEMU or iPXE is not installed|this host lets nobody have namespaces": False,
    r"the file system has no user attributes": False,
    # Whoever installs by a proxy of the machine's own needs no route.
    r"this host has no network": True,
    # Nobody can take away what the machine's administrator has installed.
    r"this host has a system-wide ansible-playbook": True,
    # Somebody else's files, which are not of this project.
    r"IMAGE_BUILDER names no checkout of image-builder": True,
    # The collection as Galaxy installs it has no list of the project's files.
    r"this is not a clone: there is no list of the project's files": False,
}


def surprises(reasons: Iterable[str], *, ci: bool) -> list[str]:
    """The reasons that no entry of EXPECTED allows here, each once."""
    allowed = [pattern for pattern, in_ci in EXPECTED.items() if in_ci or not ci]
    found = dict.fromkeys(reasons)
    return [r for r in found if not any(re.fullmatch(pattern, r) for pattern in allowed)]


def _reasons(reporter: Any) -> list[str]:
    """Why each skipped test was."""
    told = (str(report.longrepr[2]) for report in reporter.stats.get("skipped", ()))
    return [reason.removeprefix("Skipped: ") for reason in told]


def _here() -> bool:
    return bool(os.environ.get("CI"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A surprise makes a green run red."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not exitstatus and surprises(_reasons(reporter), ci=_here()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many tests were skipped, and why."""
    reasons = _reasons(terminalreporter)
    for reason, count in Counter(reasons).most_common():
        terminalreporter.write_line(f"skipped: {count}, {reason}")
    for reason in surprises(reasons, ci=_here()):
        terminalreporter.write_line(
            f"FAILED: nobody expects this skip{' in CI' if _here() else ''}: {reason}"
            " (tests/skips.py)"
        )
