"""The rows about reaching into a container that runs: exec, probes, hooks, attach, debug."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._machine.waiting import poll
from ..._workloads.container_images import NATIVE, NATIVE_APP
from ..check import Verdict, compare
from ..context import Context
from ..pods.status import Pod, container_statuses
from .ended import Ended
from .living import ask, must_run, warned
from .objects import HOOKS, MODULE, PROGRAMS, SIDECAR
from .rows import row

EXECUTED = "executed\nstatus 0"
TYPED, END = "typed\n", "the end\n"
DEBUGGER, DEBUGGED = "debugger", "debugging\n"


def executed(context: Context, column: str, name: str) -> Verdict:
    """The container's own program runs a second time beside itself."""
    pod = f"stays-{column}"
    must_run(context, pod, name)
    words = f"exec {pod} --container={name} -- {PROGRAMS[name]} say executed"
    return compare(EXECUTED, ask(context, words))


def ready(context: Context, column: str, name: str) -> Verdict:
    """The readiness probe of the container, which executes a command, is answered."""
    pod = f"tended-{column}"
    must_run(context, pod, name)

    def look() -> str:
        found = context.cluster.get(f"pod {pod}")
        answered = found and container_statuses(found[0])[name].get("ready")
        return "" if answered else "; ".join(("not ready", *warned(context, pod, name)))

    missing = poll(look, context.patience)
    return Verdict(not missing, "ready", missing or "ready")


def hooked(context: Context, column: str, name: str) -> Verdict:
    """What the container's hook writes is there when the pod is gone."""
    # The first of the two that finds its container running ends the pod, the other looks only.
    pod = f"tended-{column}"
    if context.cluster.get(f"pod {pod}"):
        must_run(context, pod, name)
    context.cluster.insist(f"delete pod {pod} --ignore-not-found --wait --timeout=150s")
    said = context.sh(f"cat {HOOKS}/{column}/{name} 2>&1")
    told = [] if said == name else warned(context, pod, name)
    return compare(name, "; ".join((said, *told)))


@row("attach", "`kubectl attach` with standard input", 56)
def attach(context: Context, column: str) -> Verdict:
    """What is typed comes to the program, and what it says of it comes back."""
    pod = f"input-{column}"
    must_run(context, pod, MODULE)
    said = ask(context, f"attach {pod} --stdin --container={MODULE}", TYPED)
    return Verdict(TYPED in f"{said}\n", repr(TYPED), repr(said))


@row("stdin-end", "end of standard input (`stdinOnce`)", 57)
def stdin_end(context: Context, column: str) -> Verdict:
    """The program of `attach` reads to the end of what was typed, and goes on."""
    seen = Ended().container(context, f"input-{column}", MODULE)
    if not isinstance(seen, str):
        return compare(TYPED + END, seen.log)
    log = context.cluster.kubectl(f"logs input-{column}", check=False).stdout
    return Verdict(False, repr(TYPED + END), f"{seen}; log {log!r}")


@row("debug", "`kubectl debug` with a native container", 58)
def debug(context: Context, column: str) -> Verdict:
    """An ephemeral container that shares the module's processes runs to its end."""
    pod = f"stays-{column}"
    must_run(context, pod, MODULE)
    asked = ask(
        context,
        f"debug {pod} --image={NATIVE} --image-pull-policy=Never --profile=general"
        f" --container={DEBUGGER} --target={MODULE} -- {NATIVE_APP} say {DEBUGGED.strip()}",
    )
    states: list[dict[str, Any]] = [{}]

    def look() -> str:
        found = context.cluster.get(f"pod {pod}")
        states[:] = [_ephemeral(found[0])] if found else [{}]
        return "" if "terminated" in states[0] else "no end"

    poll(look, context.patience)
    log = context.cluster.kubectl(f"logs {pod} --container={DEBUGGER}", check=False)
    told = "; ".join((asked, str(states[0]), *warned(context, pod, DEBUGGER), log.stderr))
    return Verdict(log.stdout == DEBUGGED, repr(DEBUGGED), f"{log.stdout!r}; {told}")


def _ephemeral(pod: Pod) -> dict[str, Any]:
    """The state of the first ephemeral container, empty while the kubelet says none."""
    statuses = pod.get("status", {}).get("ephemeralContainerStatuses", [])
    return dict(statuses[0].get("state", {})) if statuses else {}


def _add_rows() -> None:
    # The hook of the native container is looked at first: see `hooked`.
    for look, name, title, places in (
        (executed, "exec", "`kubectl exec` in", (50, 51)),
        (ready, "exec-probe", "exec probe of", (52, 53)),
        (hooked, "prestop", "`preStop` command in", (55, 54)),
    ):
        module, sidecar = places
        row(name, f"{title} the module's container", module)(partial(look, name=MODULE))
        row(f"{name}-sidecar", f"{title} a native container beside it", sidecar)(
            partial(look, name=SIDECAR)
        )


_add_rows()
