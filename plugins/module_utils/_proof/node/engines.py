"""Checks that the WebAssembly engines of a node are whole, by what their files in `_kinds` say."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from ..._kinds.engine import Engine
from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import NODE
from ..subjects import engines_on, oci_runtimes, released, shims

# The loader's cache names a file; only a look shows whether it is still there. (A pipe whose reader
# leaves early has failed, so awk reads all.)
FIND_LIBRARIES = """
last='index($1, name) == 1 {{ path = $NF }} END {{ print path }}'
for library in {names}; do
  path=$(ldconfig -p | awk -v name="$library" "$last")
  test -e "$path" || echo "$library is missing"
done
"""
# A pipe that finds nothing has failed: outside of `if` it would end the script before the next one.
START_SHIMS = """
for shim in {names}; do
  said=$($shim -v 2>&1) || echo "$shim does not start: status $?: $(tail -n 1 <<<"$said")"
  if lacks=$(ldd "$(command -v $shim)" 2>&1 | grep "not found"); then echo "$shim: $lacks"; fi
done
"""


@check("node.oci_runtime", NODE.at(130, of=oci_runtimes))
def oci_runtime(context: Context) -> Verdict:
    """OCI runtimes can run WebAssembly, and the engines that they load by name are there."""
    said = context.sure(look_at_loaded([e for e in engines_on(context.exported) if not e.shim]))
    return none_of("missing or broken", said.splitlines())


@check("node.shims", NODE.at(130, of=shims))
def shim(context: Context) -> Verdict:
    """Every shim starts, and finds the libraries that it is linked with or opens."""
    own = [engine for engine in engines_on(context.exported) if engine.shim]
    said = context.sure(look_at_shims(own, released(context.exported)))
    return none_of("missing or broken", said.splitlines())


def look_at_loaded(engines: Iterable[Engine]) -> str:
    """A bash script that names what is missing of engines which an OCI runtime loads."""
    lines = []
    for engine in engines:
        for program in (handler.program for handler in engine.handlers if handler.program):
            lines.append(f"test -e {program} || echo {program} is missing")
        # An OCI runtime only suggests its engine's package: a build can lose it without a word.
        for need in engine.needs:
            found = f"{need.command} 2>&1 | grep -F -e {shlex.quote(need.says)} >/dev/null"
            lacks = shlex.quote(f"{need.command} says nothing of {need.says}")
            lines.append(f"{found} || echo {lacks}")
    libraries = [name for engine in engines for name in engine.libraries]
    return "\n".join([*lines, FIND_LIBRARIES.format(names=" ".join(libraries))])


def look_at_shims(engines: Sequence[Engine], released: Sequence[str]) -> str:
    """A bash script that names what is missing of shims; what one of somebody else's opens, nobody
    knows."""
    names = [engine.shim.binary for engine in engines if engine.shim]
    own = [engine for engine in engines if engine.name not in released]
    libraries = [name for engine in own for name in engine.libraries]
    parts = [
        START_SHIMS.format(names=" ".join(names)),
        FIND_LIBRARIES.format(names=" ".join(libraries)),
    ]
    return "\n".join(parts)
