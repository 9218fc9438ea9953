"""What a Wasm engine costs beside a native container: the time to start, and memory when idle.

    molecule create -s runtimes
    python benchmarks/runtimes.py

Runs in that guest, which has no cluster yet: what is measured is containerd, shim and engine. Every
engine, and crun with a native program of the same source, takes its turn in each round.

Start is `ctr run --rm` of a program that says one line, from the command to its end. Memory is the
proportional set size (/proc/PID/smaps_rollup) of the processes in a container's control group,
taken while several of them sleep, divided by their number; and that of its shim, which a pod has
anyway for its pause container.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping

from build import ROOT  # it says where the collection is

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._proof import guest, workload
from ansible_collections.vessel.image.plugins.module_utils._proof.programs import LINUX, Program
from ansible_collections.vessel.image.plugins.module_utils._proof.workload import Content

ROUNDS, SLEEPERS = 12, 5
GUEST = "runtimes-runtimes"
NATIVE, MODULE = "vessel.test/native:1", workload.HELLO
SHIM = "--runtime io.containerd.{}.v1"
CRUN = "--runtime io.containerd.runc.v2 --runc-binary {}"
WAYS: Mapping[str, tuple[str, str]] = {
    "native": (CRUN.format("/usr/bin/crun"), NATIVE),
    "wasmedge": (CRUN.format("/usr/bin/crun-wasm"), MODULE),
    "wasmtime": (SHIM.format("wasmtime"), MODULE),
    "wasmtime, artifact": (SHIM.format("wasmtime"), workload.ARTIFACT),
    "wasmer": (SHIM.format("wasmer"), MODULE),
    "wasmer, artifact": (SHIM.format("wasmer"), workload.ARTIFACT),
}
# Bash knows the time without starting a program for it.
START = """
for round in $(seq {rounds}); do
{lines}
done
"""
ONE = (
    "t=$EPOCHREALTIME; ctr run --rm {flags} {image} b-$round-{number} {command} >/dev/null"
    " || echo FAILED; echo '{name}|'$t'|'$EPOCHREALTIME"
)
# Everything below a shim's process, by its parent: the engines fork without exec.
IDLE = """
before=$(ps -eo pid= | sort)
for i in $(seq {count}); do
  ctr run -d --env HELLO_STAY=1 {flags} {image} idle-{number}-$i {command} >/dev/null </dev/null
done
sleep {settle}
declare -A total=([container]=0 [shim]=0)
for pid in $(comm -13 <(echo "$before") <(ps -eo pid= | sort)); do
  test -r /proc/$pid/smaps_rollup || continue
  name=$(cat /proc/$pid/comm 2>/dev/null) || continue
  case $name in ps|sort|comm|cat|awk|bash|sleep|kworker*|sshd*|systemd*) continue;; esac
  pss=$(awk '/^Pss:/ {{print $2}}' /proc/$pid/smaps_rollup 2>/dev/null)
  grep -q idle- /proc/$pid/cgroup && kind=container || kind=shim
  total[$kind]=$((total[$kind] + ${{pss:-0}})); echo "# $pid $kind $name ${{pss:-0}}"
done
echo total ${{total[container]}} ${{total[shim]}}
set +e # what ended is what is wanted: `ctr task wait` ends with the status of the killed program
for i in $(seq {count}); do
  ctr task kill -s SIGKILL idle-{number}-$i; ctr task wait idle-{number}-$i 2>/dev/null
  sleep 1; ctr task rm -f idle-{number}-$i; ctr container rm idle-{number}-$i
done >/dev/null 2>&1
exit 0
"""


def main() -> None:
    machine = guest.need(sys.argv[1] if len(sys.argv) > 1 else GUEST)
    native = Content(Program("hello.c", LINUX, ("-static",)), "/hello")
    wanted = {NATIVE: native, MODULE: workload.BASIC[MODULE]}
    archive = workload.make_archive(ROOT, wanted, workload.ARTIFACTS)
    with archive.open("rb") as file:
        machine.ssh.run("ctr images import --local --all-platforms -", stdin=file, timeout=300)
    started = starts(machine)
    base = statistics.median(started["native"])
    for name, times in started.items():
        middle = statistics.median(times)
        print(
            f"start, {name}: {middle:.2f} s, {min(times):.2f}-{max(times):.2f},"
            f" {middle / base:.2f} of native"
        )
    idle = {name: memory(machine, number) for number, name in enumerate(WAYS)}
    base, _ = idle["native"]
    for name, (inside, shim) in idle.items():
        print(f"idle, {name}: {inside:.1f} MiB, {inside / base:.2f} of native; shim {shim:.1f} MiB")


def starts(machine: guest.Guest) -> dict[str, list[float]]:
    lines = [
        ONE.format(flags=flags, image=image, number=number, name=name, command=command(image))
        for number, (name, (flags, image)) in enumerate(WAYS.items())
    ]
    said = machine.ssh.run(
        START.format(rounds=ROUNDS, lines="\n".join(lines)),
        timeout=3600,
        what="starting containers",
    ).stdout
    if "FAILED" in said:
        raise SystemExit(said)
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for line in said.splitlines():
        name, begun, ended = line.split("|")
        found[name].append(float(ended) - float(begun))
    return found


def memory(machine: guest.Guest, number: int) -> tuple[float, float]:
    """MiB of a container, and of its shim."""
    flags, image = list(WAYS.values())[number]
    script = IDLE.format(
        count=SLEEPERS, flags=flags, image=image, number=number, settle=10, command=command(image)
    )
    said = machine.ssh.run(script, timeout=900, what="letting containers sleep").stdout
    print("\n".join(line for line in said.splitlines() if line.startswith("#")), file=sys.stderr)
    inside, shim = (int(kib) / 1024 / SLEEPERS for kib in said.splitlines()[-1].split()[1:])
    return inside, shim


def command(image: str) -> str:
    """ctr takes no entry point from an artifact."""
    return workload.APP if image == workload.ARTIFACT else ""


if __name__ == "__main__":
    main()
