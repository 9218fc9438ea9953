"""Checks that Wasm programs ran in pods: what they printed, and how they ended."""

from __future__ import annotations

import math
import random
from functools import partial

from ..._lock.engines import HANDLERS
from ..._machine import console
from ..._machine.waiting import Stuck, poll
from ..._workloads.onnx import TOLERANCE, WEIGHTS, distance
from ..check import Context, Verdict, check
from ..cluster.forming import booted_at, now
from .pod import Expectation, container_statuses, hello, hopeless, infer, trap, troubles, unfinished

STUCK_AFTER = 45.0
LOG_PATIENCE = 60.0


def _list_checks() -> None:
    """Each handler runs a program that ends well, each engine one that traps."""
    for engine, handlers in HANDLERS.items():
        for handler in handlers:
            check(f"wasm.{handler}")(partial(_runs_hello, handler=handler))
        check(f"wasm.{engine}.trap")(partial(_traps, engine=engine))


def _runs_hello(context: Context, handler: str) -> Verdict:
    """A WASI program in the RuntimeClass prints its line and ends with status 0; beside a native
    sidecar where the RuntimeClass takes those."""
    return runs(context, hello(handler), f"wasm.{handler}")


def _traps(context: Context, engine: str) -> Verdict:
    """A program that traps makes its pod fail, and says why."""
    wanted = trap(engine)
    context.cluster.delete_pod(wanted.name)  # a failed pod would stay failed: run it anew
    trouble = _await(context, wanted)
    expected = "a failed pod that printed its line and the trap"
    if trouble is not None:
        return Verdict(False, expected, trouble[0], trouble[1:])
    pod = context.cluster.get(f"pod {wanted.name}")[0]
    status = container_statuses(pod)["trap"]["state"]["terminated"]["exitCode"]
    said = _log(context, wanted.name, "trap")
    passed = status != 0 and wanted.programs[0].output in said and "unreachable" in said
    return Verdict(passed, expected, f"status {status}, output {said!r}")


@check("wasm.wasmtime.nn")
def infers(context: Context) -> Verdict:
    """WASI-NN: inputs of this moment, and what the model must give for them."""
    inputs = [[random.uniform(-2, 2) for _ in WEIGHTS] for _ in range(3)]
    wanted = infer("wasmtime", inputs)
    context.cluster.delete_pod(wanted.name)
    trouble = _await(context, wanted)
    said = _log(context, wanted.name, wanted.programs[0].container)
    if trouble is not None:
        return Verdict(False, "three inferences", trouble[0], (*trouble[1:], said[-400:]))
    worst = distance(said, inputs)
    found = f"{worst:.1e} off" if worst < math.inf else repr(said[-400:])
    return Verdict(worst <= TOLERANCE, f"within {TOLERANCE:g} of the reference", found)


def runs(context: Context, wanted: Expectation, name: str) -> Verdict:
    """Every program of a pod is as wanted and printed what it must; `name` is the check's."""
    if context.fresh:
        context.cluster.delete_pod(wanted.name)
    trouble = _await(context, wanted)
    if trouble is not None:
        return Verdict(False, f"pod {wanted.name} runs", trouble[0], trouble[1:])
    printed = {}
    for program in wanted.programs:
        expected = program.output
        if program.container == "once":
            expected = context.expect.get(name, expected)
        poll(lambda p=program, e=expected: _differs(context, wanted.name, p.container, e),  # type: ignore[misc]
             0 if name in context.expect else LOG_PATIENCE)  # fmt: skip
        actual = _log(context, wanted.name, program.container)
        if actual != expected:
            return Verdict(False, f"{program.container} printed {expected!r}", repr(actual))
        printed[program.container] = actual
    shown = "; ".join(f"{key}: {text.strip()!r}" for key, text in printed.items())
    return Verdict(True, shown, f"status 0, {shown}")


def _await(context: Context, wanted: Expectation) -> tuple[str, ...] | None:
    """Wait until the pod is as wanted; else what is missing, followed by telling lines."""
    context.cluster.apply([wanted.pod])
    since, begun = booted_at(context), now(context) - 5
    stuck, over = Stuck(STUCK_AFTER), [False]
    found: list[str] = []

    def look() -> str:
        objects = context.cluster.get("pods,events")
        pods = [o for o in objects if o["kind"] == "Pod" and o["metadata"]["name"] == wanted.name]
        if not pods:
            return "the API server does not answer, or has no such pod"
        missing = unfinished(wanted, pods[0], since)
        events = [o for o in objects if o["kind"] == "Event"]
        found[:] = troubles(pods[0], events, begun) if missing else []
        stuck.note(bool(found))
        over[0] = hopeless(wanted, pods[0])
        return missing

    missing = poll(look, context.patience, lambda: over[0] or stuck())
    if not missing:
        return None
    shown = found or console.telling(
        context.sh("journalctl -b --no-pager -u containerd -u kubelet -n 80").splitlines()
    )
    return (missing, *shown[-8:])


def _log(context: Context, pod: str, container: str) -> str:
    return context.cluster.kubectl(f"logs {pod} --container={container}", check=False).stdout


def _differs(context: Context, pod: str, container: str, expected: str) -> str:
    return "" if _log(context, pod, container) == expected else "another output"


_list_checks()
