"""What a cluster at rest takes of its guest's processors, by program.

    molecule converge                       # a guest with a cluster
    python benchmarks/idle.py [GUEST]       # prints shares of one processor

Emulation makes the idling of a control plane dear, and what it takes the pods of a proof lack. Two
ways of forming a cluster are compared by their shares, each in a new guest.
"""

from __future__ import annotations

import argparse
from collections import Counter

import build  # noqa: F401 - it says where the collection is

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._machine import guest

GUEST = "wasm-node-default"
# /proc/stat, then /proc/PID/stat of every process: proc(5).
LOOK = "head -1 /proc/stat; cat /proc/[0-9]*/stat 2>/dev/null"
LEAST = 0.5  # per cent of one processor
TICKS = 100  # of a second, in which Linux counts


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("guest", nargs="?", default=GUEST, help="one that runs (%(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="how long to look (%(default)s)")
    wants = parser.parse_args()
    ssh = guest.need(wants.guest).ssh
    said = ssh.run(
        f"{LOOK}; sleep {wants.seconds}; echo; {LOOK}", timeout=wants.seconds + 300, what="looking"
    )
    (before, machine), (after, machine_after) = map(shares, said.stdout.split("\n\n"))
    used = [b - a for a, b in zip(machine, machine_after, strict=True)]
    user, nice, system, idle, wait, *rest = used
    total = sum(used)
    busy = {"user": user + nice, "system": system, "interrupts": sum(rest)}
    print(
        f"busy {1 - (idle + wait) / total:.0%} of all processors: "
        + ", ".join(f"{name} {ticks / total:.0%}" for name, ticks in busy.items())
    )
    for name, ticks in (after - before).most_common():
        share = 100 * ticks / TICKS / wants.seconds
        if share >= LEAST:
            print(f"{share:5.1f} % of one  {name}")


def shares(said: str) -> tuple[Counter[str], list[int]]:
    """Ticks by name of program, and those of the machine: user, nice, system, idle, wait for
    disks, interrupts (hard, soft), stolen."""
    first, *lines = said.splitlines()
    ticks: Counter[str] = Counter()
    for line in lines:
        head, _, rest = line.rpartition(") ")
        name, fields = head.partition(" (")[2], rest.split()
        ticks[name.partition("/")[0]] += int(fields[11]) + int(fields[12])
    return ticks, [int(each) for each in first.split()[1:9]]


if __name__ == "__main__":
    main()
