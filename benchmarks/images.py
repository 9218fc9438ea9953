"""What the node of one image takes beside that of another: bytes, seconds to start, memory at rest.

    python benchmarks/images.py OLD/output/wasm-node output/wasm-node [--rounds 3]

Each image is booted by turns, in a new guest under UEFI without a cluster. Start is from power-on
to the first login over SSH, by this host's clock; what the kernel and systemd's units took of it,
until the system is up, is systemd's own count. Memory is MemTotal less MemAvailable (proc(5)) a
minute after all units have started. The first image is what the others are divided by.
"""

from __future__ import annotations

import argparse
import re
import statistics
from collections.abc import Mapping
from pathlib import Path

import build  # noqa: F401 - it says where the collection is

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported, read
from ansible_collections.vessel.image.plugins.module_utils._machine import ending, starting
from ansible_collections.vessel.image.plugins.module_utils._machine.starting import Wanted

GUEST = "benchmark-images"
REST = 60  # seconds
# systemd-analyze time says "1min 2.345s (kernel) + 20.001s (userspace) = …".
LOOK = f"""
systemctl is-system-running --wait >/dev/null
systemd-analyze time
sleep {REST}
awk '/^Mem(Total|Available):/ {{ print $1, $2 }}' /proc/meminfo
"""
PART = re.compile(r"(?:(\d+)min )?([\d.]+)(m?s) \((\w+)\)")
UNITS = {"s": 1.0, "ms": 0.001}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("outputs", nargs="+", type=Path, help="directories of images, old first")
    parser.add_argument("--rounds", type=int, default=3, help="boots of each (%(default)s)")
    wants = parser.parse_args()
    images = {output: read(output) for output in wants.outputs}
    taken: dict[Path, list[Mapping[str, float]]] = {output: [] for output in images}
    for number in range(1, wants.rounds + 1):
        for output, image in images.items():
            taken[output].append(look(image))
            print(f"round {number}, {output}: {taken[output][-1]}", flush=True)
    medians = {
        output: {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
        for output, rounds in taken.items()
    }
    base = medians[wants.outputs[0]]
    for output, found in medians.items():
        told = (f"{what} {value:.1f} ({value / base[what]:.2f})" for what, value in found.items())
        print(f"{output}: {', '.join(told)}")


def look(image: Exported) -> Mapping[str, float]:
    """One boot: MB of the image, seconds to start, MiB of memory in use."""
    guest = starting.boot(GUEST, Wanted(image.image, image.logs))
    try:
        said = guest.ssh.run(LOOK, timeout=600 + REST, what="looking").stdout
    finally:
        ending.stop(GUEST)
    kib = dict(re.findall(r"(\w+): (\d+)", said))
    seconds = {
        name: 60 * float(minutes or 0) + float(number) * UNITS[unit]
        for minutes, number, unit, name in PART.findall(said)
    }
    return {
        "MB": image.image.stat().st_size / 1e6,
        "start, s": guest.seconds,
        "kernel, s": seconds["kernel"],
        "units, s": seconds["userspace"],
        "memory, MiB": (int(kib["MemTotal"]) - int(kib["MemAvailable"])) / 1024,
    }


if __name__ == "__main__":
    main()
