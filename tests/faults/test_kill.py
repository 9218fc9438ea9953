"""`kill -9` at any moment: nothing of the build runs or is mounted ten seconds later, and the next
run cleans up and gives the image of an undisturbed build.

Moments are drawn from a seed, so that a red run can be repeated: VESSEL_SEED, VESSEL_KILLS.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._common.family import (
    descendants,
    stat_fields,
)
from faults.builds import Site

SEED = int(os.environ.get("VESSEL_SEED", "20261124"))
KILLS = int(os.environ.get("VESSEL_KILLS", "20"))
WITHIN = 10.0
# Who is killed: the front door every other time, else one of those that live long below it.
LONG_LIVED = ("ansible-playbook", "packer", "sandbox", "AnsiballZ", "mmdebstrap", "mke2fs",
              "qemu-img", "vessel-preload", "unshare", "dpkg", "apt-get", "cp")  # fmt: skip


def words_of(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def alive(pid: int) -> bool:
    try:
        return stat_fields(pid)[0] != "Z"
    except OSError:
        return False


def start_time(pid: int) -> str:
    try:
        return stat_fields(pid)[19]
    except OSError:
        return ""


def of_this_build(site: Site) -> list[str]:
    """Command lines of processes that name the clone or its cache, wherever they hang."""
    needles = (str(site.clone), str(site.cache))
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            words = words_of(int(entry.name))
            try:
                where = str((entry / "cwd").readlink())
            except OSError:
                where = ""
            if alive(int(entry.name)) and any(n in words or where.startswith(n) for n in needles):
                found.append(f"{entry.name} {words[:200]}")
    return found


def mounts(site: Site) -> list[str]:
    text = Path("/proc/self/mountinfo").read_text()
    return [line for line in text.splitlines() if str(site.cache).replace(" ", "\\040") in line]


def leftovers(site: Site) -> list[Path]:
    """Scratch of any kind below cache and output."""
    places = [site.cache, site.clone / "output"]
    found = [path for place in places for path in place.rglob(".*.part")]
    return [*found, *site.cache.glob("stages/*/open")]


def forget(site: Site) -> None:
    """Remove the image and the result of every stage but tools."""
    shutil.rmtree(site.output.parent, ignore_errors=True)
    tools = site.plan().stage("tools").id
    for stage in (site.cache / "stages").iterdir():
        if stage.name != tools:
            shutil.rmtree(stage)


def wait_until_gone(pids: dict[int, str], site: Site) -> list[str]:
    """What still runs `WITHIN` seconds later."""
    deadline = time.monotonic() + WITHIN
    while True:
        left = [f"{p} {words_of(p)}" for p, t in pids.items() if alive(p) and start_time(p) == t]
        left += of_this_build(site)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def test_a_kill_at_any_moment_leaves_nothing(site: Callable[..., Site], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    quiet = site("undisturbed")
    begun = time.monotonic()
    quiet.build()
    whole = time.monotonic() - begun
    expected = quiet.digests()
    disturbed = site("disturbed")
    log = tmp_path / "killed.log"
    for number in range(KILLS):
        forget(disturbed)
        # Spread evenly over the whole build, each somewhere in its share.
        moment = whole * (number + chance.random()) / KILLS
        with disturbed.start(log=log) as door:
            time.sleep(moment)
            family = {pid: start_time(pid) for pid in [door.pid, *descendants(door.pid)]}
            victims = [p for p in family if any(word in words_of(p) for word in LONG_LIVED)]
            victim = door.pid if number % 2 == 0 or not victims else chance.choice(victims)
            story = f"kill {number} of seed {SEED}: {words_of(victim)[:120]!r} after {moment:.1f} s"
            print(story)
            os.kill(victim, signal.SIGKILL)
            left = wait_until_gone(family, disturbed)
        assert left == [], f"{story}\n{log.read_text(errors='replace')}"
        assert mounts(disturbed) == [], story
        disturbed.build()
        assert disturbed.digests() == expected, story
        assert leftovers(disturbed) == [], story
