"""Check that Krustlet is on the node and waits for a cluster."""

from __future__ import annotations

import re

from ..check import Verdict, check
from ..context import Context
from ..phases import NODE
from ..subjects import krustlet

UNIT, BINARY = "krustlet.service", "krustlet-wasi"
MOST_EXPOSED = 5.0


@check("node.krustlet", NODE.at(140, of=krustlet))
def installed(context: Context) -> Verdict:
    """Krustlet starts, its unit waits for a cluster, and may do little."""
    said = context.sh(f"{BINARY} --version 2>&1; systemctl is-enabled {UNIT} krustlet-join.path")
    waits = context.sh(f"systemctl is-failed {UNIT} krustlet-join.service krustlet-join.path")
    exposure = exposed(context.sh(f"systemd-analyze security --no-pager {UNIT} | tail -n 1"))
    good = (
        said.split()[:1] == [BINARY]
        and said.count("enabled") == 2
        and len(waits.split()) == 3
        and "failed" not in waits
        and exposure < MOST_EXPOSED
    )
    found = f"{' '.join(said.split())}, {' '.join(waits.split())}, exposure {exposure}"
    return Verdict(good, f"enabled, none failed, exposure below {MOST_EXPOSED}", found)


def exposed(said: str) -> float:
    """The exposure score of `systemd-analyze security`'s last line, 0 to 10; 10 without one."""
    found = re.search(r"level for \S+: ([0-9.]+)", said)
    return float(found[1]) if found else 10.0
