"""The rows about a pod's share of the node: resize in place, little processor time, users, and what
confines it."""

from __future__ import annotations

import json

from ..._machine.waiting import poll
from ..._workloads import container_images as images
from ..check import Verdict, compare
from ..context import Context
from ..pods.apparmor import PROFILE
from ..pods.pod import container, make_pod
from ..pods.status import container_statuses, seconds
from .ended import Ended
from .living import must_run, warned
from .objects import MODULE, labelled
from .rows import row

# What the pod `stays` begins with, and what it is given while it runs.
GIVEN = {"cpu": "750m", "memory": "192Mi"}
HELD = f"cpu 75000 100000, memory {192 << 20}"
# Half of what a module that is compiled at each start takes at least, under emulation.
SLOW, SLOW_WITHIN = "50m", 30.0
SLOW_SAID = "started slowly\n"
ALL_USERS = 4294967295
OWN_FILES = "files of the container's own, and what has no file"
# `node`, `own`, `stream` or `kernel`, a descriptor's number, and what it is, of all processes of a
# container.
# A file's mount is the node's where the process does not have it among its own; /dev/null is
# everybody's, what has no file (a pipe, a socket) has no mount that one could have, and standard
# streams, which may be containerd's named pipes, are what a container is given.
OPEN = """
for process in $(grep -ls %s /proc/[0-9]*/cgroup); do
  process=${process%%/cgroup}
  for each in $process/fd/*; do
    to=$(readlink $each) || continue
    number=${each##*/}
    of=kernel
    case $to in
      /dev/null | /memfd:*) ;;
      /*)
        [ "$number" -le 2 ] && of=stream || of=node
        mount=$(sed -n 's/^mnt_id:[[:space:]]*//p' $process/fdinfo/$number)
        grep -q "^$mount " $process/mountinfo && of=own ;;
    esac
    echo "$of $number $to"
  done
done | sort -u
"""


@row("resize", "resize in place", 60)
def resize(context: Context, column: str) -> Verdict:
    """The control group of a container that runs gets the limits that its pod is given."""
    pod = f"stays-{column}"
    must_run(context, pod, MODULE)
    change = {"spec": {"containers": [{"name": MODULE, "resources": {"limits": GIVEN}}]}}
    patch = f"patch pod {pod} --subresource=resize --patch='{json.dumps(change)}'"
    asked = context.cluster.kubectl(patch, check=False)
    if asked.status != 0:
        return Verdict(False, HELD, asked.stderr)
    found = [""]

    def look() -> str:
        found[0] = _held(context, pod)
        return "" if found[0] == HELD else found[0]

    missing = poll(look, min(context.patience, 120.0))
    told = "; ".join((missing, *_conditions(context, pod), *warned(context, pod, MODULE)))
    return Verdict(not missing, HELD, told if missing else HELD)


def _conditions(context: Context, pod: str) -> list[str]:
    found = context.cluster.get(f"pod {pod}")
    told = found[0].get("status", {}).get("conditions", []) if found else []
    resizing = (each for each in told if "Resize" in each["type"])
    return [f"{e['type']}: {e.get('reason', '')} {e.get('message', '')}" for e in resizing]


def _held(context: Context, pod: str) -> str:
    """The limits in the control group of the module's container."""
    return context.sh(
        f"cd $(find /sys/fs/cgroup -type d -path '*kubepods*{_id(context, pod)}*' | head -n 1)"
        " && echo cpu $(cat cpu.max), memory $(cat memory.max)"
    )


def _id(context: Context, pod: str) -> str:
    found = context.cluster.get(f"pod {pod}")
    status = container_statuses(found[0]).get(MODULE, {}) if found else {}
    return str(status.get("containerID", "")).partition("://")[2] or "none"


@row("slow", f"start with {SLOW} of a processor, within {SLOW_WITHIN:.0f} s", 61)
def slow(context: Context, column: str) -> Verdict:
    """A module that gets little processor time starts all the same."""
    name = f"slow-{column}"
    limits = {"resources": {"limits": {"cpu": SLOW}, "requests": {"cpu": SLOW}}}
    said = container(MODULE, images.CHECK, ["say", SLOW_SAID.strip()], **limits)
    context.cluster.apply([labelled(make_pod(name, column, [said], restartPolicy="Never"))])
    seen = Ended().container(context, name, MODULE)
    if isinstance(seen, str):
        return Verdict(False, SLOW_SAID, "; ".join((seen, *warned(context, name, MODULE))))
    (pod,) = context.cluster.get(f"pod {name}")
    took = seen.now - seconds(pod["metadata"]["creationTimestamp"])
    good = seen.log == SLOW_SAID and took <= SLOW_WITHIN
    return Verdict(good, f"{SLOW_SAID!r} within {SLOW_WITHIN:.0f} s", f"{took:.0f} s, {seen}")


@row("userns", "user namespace (`hostUsers: false`)", 62)
def user_namespace(context: Context, column: str) -> Verdict:
    """No process of the container has the node's users."""
    pod = f"users-{column}"
    must_run(context, pod, MODULE)
    maps = _each_process(context, pod, "uid_map")
    return Verdict(elsewhere(maps), "other users", " ".join(maps.split()) or "no process")


@row("apparmor", "confined by AppArmor", 63)
def confined(context: Context, column: str) -> Verdict:
    """Every process of the module's container has containerd's profile."""
    pod = f"stays-{column}"
    must_run(context, pod, MODULE)
    return compare(PROFILE, _each_process(context, pod, "attr/current").strip())


def _each_process(context: Context, pod: str, file: str) -> str:
    """The different lines of this file of /proc/PID, of all processes in the module's container."""
    return context.sh(
        f"for each in $(grep -ls {_id(context, pod)} /proc/[0-9]*/cgroup); do"
        f' cat "${{each%cgroup}}{file}"; done | sort -u'
    )


@row("descriptors", "no descriptor of the node's files in the guest's process", 64)
def descriptors(context: Context, column: str) -> Verdict:
    """What is open in the processes of the module's container is the container's own."""
    pod = f"stays-{column}"
    must_run(context, pod, MODULE)
    lines = context.sh(OPEN % _id(context, pod)).splitlines()
    shown = "; ".join(lines) or "no process of its own"
    foreign = [line for line in lines if line.startswith("node ")]
    return Verdict(bool(lines) and not foreign, OWN_FILES, "; ".join(foreign) or shown)


def elsewhere(maps: str) -> bool:
    """Whether each line of these `/proc/PID/uid_map` leads to other users than its own."""
    lines = [line.split() for line in maps.splitlines()]
    return bool(lines) and all(outside != "0" for _, outside, _ in lines)
