"""How a kept tree should lie on disk: what it costs to keep the package tree, and to use it again.

    python benchmarks/kept_tree.py      after `make image`, as root; prints seconds and megabytes

Keeping is what a stage pays when it has made its tree; using again is what the next stage pays for
a private copy of it.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from build import ROOT, ROUNDS, timed  # it says where the collection is

# isort: split

from ansible_collections.vessel.image.plugins.module_utils._flow.planning import (
    plan_spec,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import Tools


def sh(script: str, *words: str | Path) -> None:
    subprocess.run(["bash", "-eo", "pipefail", "-c", script, "sh", *words], check=True)


def main() -> None:
    plan = plan_spec(ROOT / "specs/wasm-node.yml", ROOT, ROOT / "output", keep=False).plan
    tree = kept.place(plan.stage("packages").id)
    zstd = " ".join(f"'{w}'" for w in Tools(kept.place(plan.stage("tools").id)).argv("zstd"))
    pack = 'tar --sort=name --xattrs --xattrs-include="*" -C "$1" -c .'
    unpack = 'tar --xattrs --xattrs-include="*" -C "$2" -x'
    ways = {
        # A directory is kept by renaming it.
        "directory": ("true", 'cp --archive --reflink=auto "$1/." "$2"'),
        "sorted tar": (f'{pack} >"$3"', f'{unpack} <"$3"'),
        "sorted tar, zstd -1": (
            f'{pack} | {zstd} -q -1 -T0 >"$3"', f'{zstd} -q -d <"$3" | {unpack}'),
    }  # fmt: skip
    for name, (keep, use) in ways.items():
        keeps, uses, size = [], [], kept.allocated(tree)
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(dir=tree.parent) as place:
                copy, archive = Path(place) / "copy", Path(place) / "archive"
                copy.mkdir()
                keeps.append(timed(lambda k=keep, c=copy, a=archive: sh(k, tree, c, a)))
                uses.append(timed(lambda u=use, c=copy, a=archive: sh(u, tree, c, a)))
                size = archive.stat().st_size if archive.exists() else size
                shutil.rmtree(copy)
        print(
            f"{name}: keep {statistics.median(keeps):.2f} s, use again"
            f" {statistics.median(uses):.2f} s, {size / 1e6:.0f} MB"
        )


if __name__ == "__main__":
    main()
