"""Check that AppArmor confines containers."""

from __future__ import annotations

from ..._export.exported import Exported
from ..._machine.waiting import poll
from ..check import Subject, Verdict, check
from ..context import Context
from ..phases import PODS
from ..runtimes import RUNTIMES
from ..subjects import handlers
from .pod import confined
from .running import await_pod

# containerd brings it, and the parser loads it when the first container starts.
PROFILE = "cri-containerd.apparmor.d (enforce)"
# Seconds for a command in a container, which a busy API server refuses at times.
EXEC_PATIENCE = 60.0
# The kernel's view of the first process of each running container of some pods.
LOOK = """
for pod in {pods}; do
  for id in $(crictl ps --quiet --label io.kubernetes.pod.name=$pod); do
    pid=$(crictl inspect --output go-template --template '{{{{.info.pid}}}}' "$id")
    echo "$pod: $(cat "/proc/$pid/attr/current")"
  done
done
"""


@check("pods.apparmor", PODS.at(50))
def confines(context: Context) -> Verdict:
    """A pod with `appArmorProfile: RuntimeDefault` starts, the kernel holds its program to the
    profile, and a command that `kubectl exec` starts in it as well; so it holds WebAssembly that an
    OCI runtime runs."""
    wanted = confined()
    pods = [wanted.name, *(f"hello-{each.name}" for each in oci_handlers(context.exported))]
    expected = f"{', '.join(f'{pod}: {PROFILE}' for pod in pods)}, by exec: {PROFILE}"
    if context.fresh:
        context.cluster.delete_pod(wanted.name)
    trouble = await_pod(context, wanted)
    if trouble is not None:
        return Verdict(False, expected, trouble[0], trouble[1:])
    # One line for a pod, however many containers it has.
    seen = dict.fromkeys(context.sh(LOOK.format(pods=" ".join(pods))).splitlines())
    command = f"exec {wanted.name} -- /sidecar confinement"
    said = [""]

    def ask() -> str:
        result = context.cluster.kubectl(command, check=False)
        said[0] = result.stdout.strip() or result.stderr.strip()
        return "" if result.status == 0 else said[0]

    poll(ask, EXEC_PATIENCE)
    actual = f"{', '.join(seen)}, by exec: {said[0]}"
    return Verdict(actual == expected, expected, actual)


def oci_handlers(exported: Exported) -> list[Subject]:
    """The handlers whose containers an OCI runtime starts; shims confine theirs on their own."""
    return [each for each in handlers(exported) if RUNTIMES[each.name].oci]
