"""The VMDK writer ÷ qemu-img on the same raw disk, by turns: wall clock and bytes.

    python benchmarks/vmdk.py disk.raw [ROUNDS]

The programs are those of the tools tree that the image in `output/` was built with. Both write
streamOptimized files beside the disk, which are removed again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.vessel.image.plugins.module_utils._common.run import run  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._export import vmdk  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._export.deflate import (  # noqa: E402
    deflater,
)
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import (  # noqa: E402
    plan_spec,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import kept  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools  # noqa: E402


def main(disk: Path, rounds: int) -> None:
    """Print each round's figures, and the medians' ratios."""
    plan = plan_spec(ROOT / "specs/wasm-node.yml", ROOT, ROOT / "output", keep=False).plan
    if plan is None:
        sys.exit("The default spec is not locked: run `make image` first.")
    measure(disk, Tools(kept.place(plan.stage("tools").id)), rounds)


def measure(disk: Path, tools: Tools, rounds: int) -> None:
    """As `main`, with these `tools`."""
    ours, theirs = disk.with_suffix(".ours.vmdk"), disk.with_suffix(".theirs.vmdk")
    options = ("-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized")

    def write() -> None:
        with deflater(tools.library("libdeflate.so.0")) as compress:
            vmdk.write(disk, ours, compress=compress, identity="1" * 64, hardware=17)

    def convert() -> None:
        run(tools.argv("qemu-img", "convert", *options, disk, theirs), timeout=3600)

    times: list[tuple[float, float]] = []
    sizes = 0, 0
    for _round in range(rounds):
        times.append((_seconds(write), _seconds(convert)))
        sizes = ours.stat().st_size, theirs.stat().st_size
        run(tools.argv("qemu-img", "compare", ours, disk))
        ours.unlink()
        theirs.unlink()
        print(f"ours {times[-1][0]:.1f} s, qemu-img {times[-1][1]:.1f} s", flush=True)
    mine, other = (median(each) for each in zip(*times, strict=True))
    print(f"time: {mine / other:.2f} of qemu-img's; bytes: {sizes[0]:,} of {sizes[1]:,},"
          f" {sizes[0] / sizes[1]:.3f}")  # fmt: skip


def _seconds(work: Callable[[], None]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
