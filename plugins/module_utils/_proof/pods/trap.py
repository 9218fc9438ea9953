"""Check that a module that traps makes its pod fail."""

from __future__ import annotations

from ..._kinds.engines import ENGINES
from ..check import Verdict, check
from ..context import Context
from ..phases import PODS
from ..subjects import engines
from .pod import trap
from .running import await_pod, log
from .status import container_statuses


@check("wasm.{}.trap", PODS.at(40, 2, of=engines))
def traps(context: Context, engine: str) -> Verdict:
    """A program that traps makes its pod fail, and says why."""
    wanted = trap(ENGINES[engine].handlers[0].name)
    context.cluster.delete_pod(wanted.name)  # a failed pod would stay failed: run it anew
    trouble = await_pod(context, wanted)
    expected = "a failed pod that printed its line and the trap"
    if trouble is not None:
        return Verdict(False, expected, trouble[0], trouble[1:])
    pod = context.cluster.get(f"pod {wanted.name}")[0]
    status = container_statuses(pod)["trap"]["state"]["terminated"]["exitCode"]
    said = log(context, wanted.name, "trap")
    passed = status != 0 and wanted.containers[0].output in said and "unreachable" in said
    return Verdict(passed, expected, f"status {status}, output {said!r}")
