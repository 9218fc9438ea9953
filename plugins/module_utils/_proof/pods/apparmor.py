"""Check that AppArmor confines containers."""

from __future__ import annotations

from ..._machine.waiting import poll
from ..check import Verdict, check
from ..context import Context
from ..phases import PODS
from .pod import confined
from .running import await_pod

# containerd brings it, and the parser loads it when the first container starts.
PROFILE = "cri-containerd.apparmor.d (enforce)"
# Seconds for a command in a container, which a busy API server refuses at times.
EXEC_PATIENCE = 60.0
# The kernel's view of each container's first process; `containers` without one are not running.
LOOK = """
for id in $(crictl ps --quiet --label io.kubernetes.pod.name={pod}); do
  pid=$(crictl inspect --output go-template --template '{{{{.info.pid}}}}' "$id")
  cat "/proc/$pid/attr/current"
done
"""


@check("pods.apparmor", PODS.at(50))
def confines(context: Context) -> Verdict:
    """A pod with `appArmorProfile: RuntimeDefault` starts, the kernel holds its program to the
    profile, and a command that `kubectl exec` starts in it as well."""
    wanted, expected = confined(), f"{PROFILE}, by exec {PROFILE}"
    if context.fresh:
        context.cluster.delete_pod(wanted.name)
    trouble = await_pod(context, wanted)
    if trouble is not None:
        return Verdict(False, expected, trouble[0], trouble[1:])
    seen = context.sh(LOOK.format(pod=wanted.name))
    command = f"exec {wanted.name} -- /sidecar confinement"
    said = [""]

    def ask() -> str:
        result = context.cluster.kubectl(command, check=False)
        said[0] = result.stdout.strip() or result.stderr.strip()
        return "" if result.status == 0 else said[0]

    poll(ask, EXEC_PATIENCE)
    actual = f"{seen}, by exec {said[0]}"
    return Verdict(actual == expected, expected, actual)
