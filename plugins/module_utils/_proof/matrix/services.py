"""The rows about what surrounds a pod: Services, sidecars, metrics, the manifest as pasted."""

from __future__ import annotations

import json

from ..._machine.waiting import poll
from ..check import Verdict
from ..context import Context
from ..pods.running import runs
from .ended import Ended
from .living import must_run
from .objects import PORT, beside
from .rows import row

ANSWER = "hello over http"
GREETING = "hello from WebAssembly\n"
SUMMARY = "get --raw /api/v1/nodes/{node}/proxy/stats/summary"
# Python is on every node; a shell without curl needs more words.
ASK = "import urllib.request as r; print(r.urlopen('http://{address}:{port}/', timeout=20).read())"


@row("http", "HTTP server behind a Service", 40)
def http(context: Context, column: str) -> Verdict:
    """The server answers through its Service."""
    found = context.cluster.get(f"service serves-{column}")
    if not found:
        return Verdict(False, "a Service", "there is none")
    script = ASK.format(address=found[0]["spec"]["clusterIP"], port=PORT)
    said = [""]

    def look() -> str:
        said[0] = context.sh(f'python3 -c "{script}" 2>&1 | tail -n 1')
        return "" if ANSWER in said[0] else said[0]

    missing = poll(look, min(context.patience, 120.0))
    log = context.cluster.kubectl(f"logs serves-{column} --tail=5", check=False).stdout
    return Verdict(not missing, ANSWER, f"{said[0]!r}, log {log!r}")


@row("sidecar", "native container in the pod", 41)
def sidecar(context: Context, column: str) -> Verdict:
    """A native program and a module run in one pod."""
    return runs(context, beside(column))


@row("metrics", "processor time and memory in metrics", 42)
def metrics(context: Context, column: str) -> Verdict:
    """The kubelet's summary has processor time and memory of a pod that spins for a while."""
    must_run(context, f"busy-{column}", "busy")
    found = [""]
    question = SUMMARY.format(node=context.machine.hostname)

    def look() -> str:
        result = context.cluster.kubectl(question, check=False)
        if result.status != 0 or not result.stdout.strip():
            found[0] = f"the kubelet gives no summary: {result.stderr.strip()}"
            return found[0]
        used = usage(result.stdout, f"busy-{column}")
        found[0] = f"processor (ns), memory (bytes): {used}"
        return "" if used and min(used) > 0 else found[0]

    missing = poll(look, context.patience)
    return Verdict(not missing, "both above zero", found[0])


def usage(summary: str, pod: str) -> tuple[int, int] | None:
    """Nanoseconds of processor time and bytes of memory in use of a pod's first container, out of
    a kubelet's summary; None when it does not say."""
    pods = {each["podRef"]["name"]: each for each in json.loads(summary)["pods"]}
    try:
        (first, *_) = pods[pod]["containers"]
        return first["cpu"]["usageCoreNanoSeconds"], first["memory"]["workingSetBytes"]
    except (KeyError, ValueError):
        return None


@row("manifest", "manifest of docs/pods, as pasted", 44)
def manifest(context: Context, column: str) -> Verdict:
    """The pod of docs/pods does what it says there, pasted as it is."""
    seen = Ended().container(context, f"hello-from-{column}", "hello")
    if isinstance(seen, str):
        return Verdict(False, GREETING, seen)
    return Verdict((seen.status, seen.log) == (0, GREETING), repr(GREETING), str(seen))
