"""What a pod costs on Krustlet's node, beside one of the RuntimeClass `wasmtime` on the other one.

    VESSEL_SPEC=benchmarks/krustlet.yml molecule converge
    python benchmarks/krustlet.py [--rounds 12]

Both run the same module in one cluster, by turns; neither pulls it. Start is from the request that
makes the pod to the first line in its log, by the guest's clock. Memory is the proportional set
size (/proc/PID/smaps_rollup) of Krustlet's process, without a pod of these and with several that
sleep; and, for the other, of the shims, pauses and programs that several pods bring.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import datetime
from typing import Any

from build import ROOT  # it says where the collection is
from medians import starts_line

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._export.exported import read
from ansible_collections.vessel.image.plugins.module_utils._machine import guest
from ansible_collections.vessel.image.plugins.module_utils._machine.waiting import poll
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubectl
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster.client import Cluster
from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet import node as krustlet
from ansible_collections.vessel.image.plugins.module_utils._proof.pods.pod import (
    hello_container,
    make_pod,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads.programs import (
    Workload,
    build,
)

GUEST = "krustlet-beside-wasmtime-default"
OUTPUT = ROOT / "output" / "krustlet-beside-wasmtime"
WAYS = (krustlet.NAME, "wasmtime")
MODULE = "/opt/hello.wasm"
SLEEPERS, SETTLE, PATIENCE = 10, 30, 600.0
# Sums in KiB: Krustlet, and all that pods of containerd are made of.
MEMORY = """
declare -A total=([krustlet]=0 [pods]=0)
for pid in $(ps -eo pid=); do
  name=$(cat /proc/$pid/comm 2>/dev/null) || continue
  case $name in
    krustlet-wasi) kind=krustlet;;
    containerd-shim*) kind=pods;;
    *) grep -q kubepods /proc/$pid/cgroup 2>/dev/null && kind=pods || continue;;
  esac
  pss=$(awk '/^Pss:/ {print $2}' /proc/$pid/smaps_rollup 2>/dev/null)
  total[$kind]=$((total[$kind] + ${pss:-0}))
done
echo ${total[krustlet]} ${total[pods]}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("guest", nargs="?", default=GUEST, help="one that runs (%(default)s)")
    parser.add_argument("--rounds", type=int, default=12, help="starts of each (%(default)s)")
    wants = parser.parse_args()
    machine = guest.need(wants.guest)
    cluster = Cluster(kubectl.Kubectl(machine, kubectl.find(read(OUTPUT))))
    with build(Workload("hello.c"), ROOT).open("rb") as file:
        machine.ssh.run(f"install -m 644 /dev/stdin {MODULE}", stdin=file)
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(wants.rounds):
        for way in WAYS:
            took[way].append(start(machine, cluster, pod(f"start{number}-{way}", way)))
    base = statistics.median(took["wasmtime"])
    for way, times in took.items():
        print(starts_line(way, times, base, "wasmtime"))
    for way in WAYS:
        before = memory(machine)
        made = [pod(f"sleep{n}-{way}", way, HELLO_STAY="1") for n in range(SLEEPERS)]
        cluster.apply(made)
        missing = poll(lambda made=made: waiting(cluster, made), PATIENCE)
        if missing:
            raise SystemExit(missing)
        time.sleep(SETTLE)
        after = memory(machine)
        column = WAYS.index(way)
        each = (after[column] - before[column]) / SLEEPERS
        print(f"idle, {way}: {each:.1f} MiB for each of {SLEEPERS} pods")
        if way == krustlet.NAME:
            print(f"  its process: {before[column]:.1f} MiB before")
        for one in made:
            cluster.delete_pod(one["metadata"]["name"])


def pod(name: str, way: str, **environment: str) -> dict[str, Any]:
    """A pod of workloads/hello.c, which says one line."""
    made = make_pod(name, way, [hello_container("hello", [], environment)], restartPolicy="Never")
    if way == krustlet.NAME:
        made["spec"]["containers"][0]["image"] = f"fs/{MODULE}"
    return made


def start(machine: guest.Guest, cluster: Cluster, wanted: dict[str, Any]) -> float:
    """Seconds until the pod's first line."""
    name = wanted["metadata"]["name"]
    ahead = clock(machine)
    begun = time.time() + ahead
    cluster.apply([wanted])
    told: list[str] = []

    def look() -> str:
        said = cluster.kubectl(f"logs {name} --timestamps", check=False).stdout
        told[:] = said.split(maxsplit=1)[:1]
        return "" if told else f"{name} says nothing"

    if missing := poll(look, PATIENCE):
        raise SystemExit(missing)
    cluster.delete_pod(name)
    return datetime.fromisoformat(told[0]).timestamp() - begun


def clock(machine: guest.Guest) -> float:
    """By how many seconds the guest's clock is ahead of this host's."""
    found = []
    for _ in range(5):
        before = time.time()
        said = float(machine.ssh.run("echo $EPOCHREALTIME").stdout)
        after = time.time()
        found.append((after - before, said - (before + after) / 2))
    return min(found)[1]


def waiting(cluster: Cluster, made: list[dict[str, Any]]) -> str:
    """What is missing until all of them run."""
    names = " ".join(each["metadata"]["name"] for each in made)
    phases = [each["status"].get("phase") for each in cluster.get(f"pods {names}")]
    running = phases.count("Running")
    return "" if running == len(made) else f"{running} of {len(made)} run"


def memory(machine: guest.Guest) -> tuple[float, float]:
    """MiB of Krustlet's process, and of all pods of containerd."""
    said = machine.ssh.run(MEMORY, timeout=300, what="adding up memory").stdout.split()
    first, second = (int(kib) / 1024 for kib in said)
    return first, second


if __name__ == "__main__":
    main()
