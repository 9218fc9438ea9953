"""What a Wasm engine costs beside a native container: the time to start, and memory when idle.

    molecule create -s runtimes
    python benchmarks/runtimes.py [--shim NAME=FILE] [--rounds 12]

`--shim` puts another build of a shim beside the image's, under a name of its own, and measures it,
too: two builds of one engine are compared in one guest.

Runs in that guest, which has no cluster yet: what is measured is containerd, shim and engine. Every
engine, and crun with a native program of the same source, takes its turn in each round.

Start is `ctr run --rm` of a program that says one line, from the command to its end; containerd's
events divide it into phases, which show where an engine's time goes. Memory is the
proportional set size (/proc/PID/smaps_rollup) of the processes in a container's control group,
taken while several of them sleep, divided by their number; and that of its shim, which a pod has
anyway for its pause container.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from build import ROOT  # it says where the collection is
from medians import starts_line

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._kinds.engines import ENGINES
from ansible_collections.vessel.image.plugins.module_utils._machine import guest
from ansible_collections.vessel.image.plugins.module_utils._workloads import (
    container_images as images,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads.container_images import (
    Content,
)
from ansible_collections.vessel.image.plugins.module_utils._workloads.programs import (
    LINUX,
    Workload,
)

SLEEPERS = 5
GUEST = "runtimes-runtimes"
NATIVE, MODULE = "vessel.test/native:1", images.HELLO
SHIM = "--runtime io.containerd.{}.v1"
# One for each engine: of one artifact containerd keeps what one engine compiled.
ARTIFACT = "vessel.test/artifact-{}:1"
CRUN = "--runtime io.containerd.runc.v2 --runc-binary {}"
PLACE = "/usr/local/bin/containerd-shim-{}-v1"
EVENT = "event "
# Bash knows the time without starting a program for it.
START = """
ctr events >/run/events & listener=$!
sleep 3
for round in $(seq {rounds}); do
{lines}
done
sleep 3
kill $listener
sed 's/^/{event}/' /run/events
"""
# What has been done when containerd says so; the last phase ends with the command.
LAST = "ctr ends"
PHASES: Mapping[str, str] = {
    "/containers/create": "ctr begins",
    "/tasks/create": "shim and sandbox",
    "/tasks/start": "start",
    "/tasks/exit": "program",
    "/tasks/delete": "shim ends",
}
ONE = (
    "t=$EPOCHREALTIME; ctr run --rm {flags} {image} b-$round-{number} {command} >/dev/null"
    " || echo FAILED; echo b-$round-{number}'|{name}|'$t'|'$EPOCHREALTIME"
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


def known_ways() -> dict[str, tuple[str, str]]:
    """Name -> flags of `ctr run` and image: a native program, and each engine by its first handler.
    Those with a shim take an artifact, too."""
    ways = {"native": (CRUN.format("/usr/bin/crun"), NATIVE)}
    for name, engine in ENGINES.items():
        first = engine.handlers[0]
        if first.program:
            ways[name] = (CRUN.format(first.program), MODULE)
            continue
        flags = f"--runtime {first.runtime_type}"
        ways |= {name: (flags, MODULE), f"{name}, artifact": (flags, ARTIFACT.format(name))}
    return ways


def main() -> None:
    wants = options()
    machine = guest.need(wants.guest)
    ways = known_ways()
    for name, file in wants.shim:
        place = PLACE.format(name)
        with file.open("rb") as program:
            machine.ssh.run(f"install -m 755 /dev/stdin {place}", stdin=program, timeout=300)
        ways[name] = (SHIM.format(name), MODULE)
    native = Content(Workload("hello.c", LINUX, ("-static",)), "/hello")
    wanted = {NATIVE: native, MODULE: images.BASIC[MODULE]}
    program = images.ARTIFACTS[images.ARTIFACT]
    artifacts = {image: program for _, image in known_ways().values() if image not in wanted}
    archive = images.make_archive(ROOT, wanted, artifacts)
    with archive.open("rb") as file:
        machine.ssh.run("ctr images import --local --all-platforms -", stdin=file, timeout=300)
    runs = starts(machine, ways, wants.rounds)
    started = {name: [each[-1] - each[0] for each in stamps] for name, stamps in runs.items()}
    base = statistics.median(started["native"])
    for name, times in started.items():
        print(starts_line(name, times, base, "native"))
        shown = zip((*PHASES.values(), LAST), parts(runs[name]), strict=True)
        print("  " + ", ".join(f"{phase} {part:.2f}" for phase, part in shown))
    idle = {name: memory(machine, ways[name], number) for number, name in enumerate(ways)}
    base, _ = idle["native"]
    for name, (inside, shim) in idle.items():
        print(f"idle, {name}: {inside:.1f} MiB, {inside / base:.2f} of native; shim {shim:.1f} MiB")


def options() -> argparse.Namespace:
    """What the command line says; `shim` has pairs of a name and a file."""

    def shim(text: str) -> tuple[str, Path]:
        name, _, file = text.partition("=")
        if name in known_ways() or not name.isalnum() or not Path(file).is_file():
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE with a name of its own")
        return name, Path(file)

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("guest", nargs="?", default=GUEST, help="a guest that runs (%(default)s)")
    parser.add_argument(
        "--shim",
        type=shim,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="another build of a shim, and the name to run it by",
    )
    parser.add_argument("--rounds", type=int, default=12, help="starts of each (%(default)s)")
    return parser.parse_args()


def starts(
    machine: guest.Guest, ways: Mapping[str, tuple[str, str]], rounds: int
) -> dict[str, list[list[float]]]:
    """Each start of each way: when it began, and when each of its phases was over, in seconds
    since 1970; NaN where nobody told."""
    lines = [
        ONE.format(flags=flags, image=image, number=number, name=name, command=command(image))
        for number, (name, (flags, image)) in enumerate(ways.items())
    ]
    said = machine.ssh.run(
        START.format(rounds=rounds, lines="\n".join(lines), event=EVENT),
        timeout=3600,
        what="starting containers",
    ).stdout
    if "FAILED" in said:
        raise SystemExit(said)
    told = said.splitlines()
    reached = events(line.removeprefix(EVENT) for line in told if line.startswith(EVENT))
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for line in (line for line in told if not line.startswith(EVENT)):
        container, name, begun, ended = line.split("|")
        # A shim that has nothing left to do may end before it told of the last event.
        known = [reached.get((container, topic), math.nan) for topic in PHASES]
        found[name].append([float(begun), *known, float(ended)])
    return found


def parts(stamps: list[list[float]]) -> list[float]:
    """The median of what each phase took, in seconds."""
    columns = zip(*([b - a for a, b in pairwise(each)] for each in stamps), strict=True)
    return [statistics.median(t for t in column if not math.isnan(t)) for column in columns]


def events(lines: Iterable[str]) -> dict[tuple[str, str], float]:
    """Container and topic -> seconds since 1970, out of what `ctr events` prints."""
    found = {}
    for line in lines:
        day, time, _, _, _, topic, text = line.split(maxsplit=6)
        said = json.loads(text)
        container = said.get("container_id") or said.get("id", "")
        stamp = datetime.fromisoformat(f"{day} {time[:15]}+00:00").timestamp()
        found[container, topic] = stamp
    return found


def memory(machine: guest.Guest, way: tuple[str, str], number: int) -> tuple[float, float]:
    """MiB of a container, and of its shim."""
    flags, image = way
    script = IDLE.format(
        count=SLEEPERS, flags=flags, image=image, number=number, settle=10, command=command(image)
    )
    said = machine.ssh.run(script, timeout=900, what="letting containers sleep").stdout
    print("\n".join(line for line in said.splitlines() if line.startswith("#")), file=sys.stderr)
    inside, shim = (int(kib) / 1024 / SLEEPERS for kib in said.splitlines()[-1].split()[1:])
    return inside, shim


def command(image: str) -> str:
    """ctr takes no entry point from an artifact."""
    return "" if image in (NATIVE, MODULE) else images.APP


if __name__ == "__main__":
    main()
