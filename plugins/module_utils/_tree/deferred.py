"""Commands of maintainer scripts that can wait until every package is configured.

dpkg configures one package after the other, and many of them wait there for the same two programs,
whose results no other package looks at. While packages are installed, a note of each call takes
their place (dpkg-divert(1) keeps the programs safe); in the end the calls are made, side by side.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

# The program, and how many of its calls may run at the same time.
DEFERRED: Mapping[str, int] = {
    "/usr/bin/py3compile": os.cpu_count() or 1,  # writes beside the sources of its package
    "/usr/sbin/update-ca-certificates": 1,  # writes one file
}
NOTES = "/var/tmp"
ASIDE = ".vessel-deferred"
_NOTE = """#!/bin/bash
printf '%q ' {program} "$@" >>{notes}
echo >>{notes}
"""


def defer_hooks(deferred: Mapping[str, int] = DEFERRED) -> list[str]:
    """The options of mmdebstrap: when the essential packages are there, and at the very end."""
    return [
        f"--essential-hook={_in_tree(''.join(map(_divert, deferred)))}",
        f"--customize-hook={_in_tree(''.join(map(_restore, deferred)) + _make_calls(deferred))}",
    ]


def _in_tree(script: str) -> str:
    return f'chroot "$1" bash -ec {shlex.quote(script)}'


def _divert(program: str) -> str:
    note = _NOTE.format(program=program, notes=_notes(program))
    return (
        f"dpkg-divert --quiet --local --rename --divert {program}{ASIDE} --add {program}\n"
        f"printf %s {shlex.quote(note)} >{program}\n"
        f"chmod 755 {program}\n"
    )


def _restore(program: str) -> str:
    return f"rm {program}\ndpkg-divert --quiet --local --rename --remove {program}\n"


def _make_calls(deferred: Mapping[str, int]) -> str:
    """Each program's calls in order, its first failure ends the installation."""
    each_line = "xargs --no-run-if-empty --delimiter='\\n' --max-args=1"
    started = "".join(
        f"touch {_notes(program)}\n"
        f"{each_line} --arg-file={_notes(program)} --max-procs={limit} bash -c & jobs+=($!)\n"
        for program, limit in deferred.items()
    )
    removed = " ".join(map(_notes, deferred))
    return f'jobs=()\n{started}for job in "${{jobs[@]}}"; do wait "$job"; done\nrm {removed}\n'


def _notes(program: str) -> str:
    return f"{NOTES}/vessel-deferred-{program.rpartition('/')[2]}"
