"""The program that `packer/build.sh` ends in: one sandbox for the offline half of a build.

    python -m ….sandbox <what is built> <command> <words>…

The command runs in mount, PID, network, IPC and UTS namespaces of its own with no interface up. All
of them end with this program, and this program with any of those that it works for.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .._common import lifeline
from .._common.errors import VesselError
from .._common.refusals import refusals_told
from .._common.run import mortal
from .._common.turn import turn
from .._tree.mounts import OUTSIDE, mount_namespace
from . import leftovers

NAMESPACES = (
    "--mount",
    "--pid",
    "--net",
    "--ipc",
    "--uts",
    "--fork",
    "--kill-child",
    "--mount-proc",
)
GRACE = 10.0


def run_sandbox(what: str, words: list[str]) -> int:
    """Run `words` in a sandbox, after those that share the cache; returns its exit status.

    What killed builds left in the cache is removed first.
    """
    with turn("stages", what):
        leftovers.clear()
        child = subprocess.Popen(
            mortal(["unshare", *NAMESPACES, "--", *words]),
            env={**os.environ, OUTSIDE: mount_namespace()},
        )
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The terminal told the child, too; this is for one that does not listen.
            try:
                return child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
                return child.wait()


def main() -> int:
    """The command line."""
    lifeline.hold()
    try:
        with refusals_told():
            return run_sandbox(sys.argv[1], sys.argv[2:])
    except VesselError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
