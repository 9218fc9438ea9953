"""Ratios of a build; see README.md beside this file."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "collections"), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from faults.builds import SPEC, Site, copy_project, fill_cache  # noqa: E402

ROUNDS = int(os.environ.get("VESSEL_ROUNDS", "3"))
EMPTY = "- hosts: localhost\n  gather_facts: false\n  tasks: []\n"


def timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def forget(site: Site, *, keep: tuple[str, ...] = ("tools",)) -> None:
    """Remove the image and every stage's result but those of `keep`."""
    shutil.rmtree(site.output.parent, ignore_errors=True)
    kept = {stage.id for stage in site.plan().stages if stage.name in keep}
    for place in (site.cache / "stages").iterdir():
        if place.name not in kept:
            shutil.rmtree(place)


def stages(site: Site) -> str:
    found = json.loads((site.output / "build.json").read_text())["stages"]
    return ", ".join(f"{stage['name']} {stage['seconds']:.1f}" for stage in found)


def tell(ours: list[float], theirs: list[float], what: str, against: str) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{what}: {', '.join(f'{s:.2f}' for s in ours)} s, median {mine:.2f}")
    print(f"{against}: {', '.join(f'{s:.2f}' for s in theirs)} s, median {other:.2f}")
    print(f"ratio {mine / other:.2f}")


def full(site: Site, place: Path) -> None:
    from plain_chain import prepare, run_chain  # noqa: PLC0415 - after the cache is named

    site.build()
    plan = site.plan()
    mirror = prepare(plan, place)
    ours, theirs = [], []
    for number in range(ROUNDS):
        work = place / f"chain {number}"
        work.mkdir()
        steps = run_chain(plan, mirror, work)
        shutil.rmtree(work)
        theirs.append(sum(steps.values()))
        print("  plain: " + ", ".join(f"{k} {v:.1f}" for k, v in steps.items()))
        forget(site)
        ours.append(timed(site.build))
        print(f"  ours: {stages(site)}; all {ours[-1]:.1f}", flush=True)
    tell(ours, theirs, "full build", "plain chain")


def nothing(site: Site, place: Path) -> None:
    playbook = place / "empty.yml"
    playbook.write_text(EMPTY)
    environment = {**os.environ, "ANSIBLE_CONFIG": str(site.clone / "ansible.cfg")}

    def empty() -> None:
        subprocess.run(["ansible-playbook", playbook], env=environment, check=True, cwd=site.clone,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    site.build()
    ours, theirs = [], []
    for _ in range(5 * ROUNDS):
        theirs.append(timed(empty))
        ours.append(timed(site.build))
    tell(ours, theirs, "nothing to do", "empty ansible-playbook")


def role(site: Site, place: Path) -> None:
    tasks = site.clone / "roles/seal/tasks/main.yml"
    site.build()
    ours, theirs = [], []
    for number in range(ROUNDS):
        forget(site)
        theirs.append(timed(site.build))
        print(f"  full: {stages(site)}")
        with tasks.open("a") as file:
            file.write(f"# edit {number}\n")
        ours.append(timed(site.build))
        print(f"  last role: {stages(site)}", flush=True)
    tell(ours, theirs, "last role edited", "full build")


def memory(site: Site, place: Path) -> None:
    forget(site)
    site.build()
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process of a full build: {largest:.0f} MiB (at most 600)")


def main() -> None:
    which = {"full": full, "nothing": nothing, "role": role, "memory": memory}
    act = which.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if act is None:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(which)}")
    lock = (ROOT / SPEC).with_suffix(".lock.yml")
    with tempfile.TemporaryDirectory(
        prefix="vessel-benchmark-", dir=os.environ.get("TMPDIR")
    ) as name:
        place = Path(name)
        copy_project(place / "clone", lock)
        site = Site(place / "clone", fill_cache(place / "cache", lock))
        os.environ["VESSEL_CACHE"] = str(site.cache)
        act(site, place)


if __name__ == "__main__":
    main()
