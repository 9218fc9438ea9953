"""`kill -9` at any moment: nothing of the build runs or is mounted ten seconds later, and the next
run cleans up and gives the image of an undisturbed build.

Moments are drawn from a seed, so that a red run can be repeated: VESSEL_SEED, VESSEL_KILLS.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from faults.builds import Site
from faults.processes import family, leftovers, mounts, strike, wait_until_gone, words_of

SEED = int(os.environ.get("VESSEL_SEED", "20261124"))
KILLS = int(os.environ.get("VESSEL_KILLS", "20"))
# Who is killed: the front door every other time, else one of those that live long below it.
LONG_LIVED = ("ansible-playbook", "packer", "sandbox", "_flow.build", "ansible playbook",
              "AnsiballZ", "mmdebstrap", "mke2fs",
              "qemu-img", "vessel-preload", "unshare", "dpkg", "apt-get", "cp")  # fmt: skip


def forget(site: Site) -> None:
    """Remove the image and the result of every stage but tools and those that use the network."""
    shutil.rmtree(site.output.parent, ignore_errors=True)
    stay = {stage.id for stage in site.plan().stages if stage.kind.online or stage.name == "tools"}
    for stage in (site.cache / "stages").iterdir():
        if stage.name not in stay:
            shutil.rmtree(stage)


def test_a_kill_at_any_moment_leaves_nothing(site: Callable[..., Site], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    quiet = site("undisturbed")
    begun = time.monotonic()
    quiet.build()
    whole = time.monotonic() - begun
    expected = quiet.digests()
    disturbed = site("disturbed")
    log = tmp_path / "killed.log"
    number = 0
    while number < KILLS:
        forget(disturbed)
        # Spread evenly over the whole build, each somewhere in its share.
        moment = whole * (number + chance.random()) / KILLS
        with disturbed.start(log=log) as door:
            time.sleep(moment)
            running = family(door.pid)
            long_lived = [p for p in running if any(word in words_of(p) for word in LONG_LIVED)]
            victim = door.pid if number % 2 == 0 or not long_lived else chance.choice(long_lived)
            words = words_of(victim)
            story = f"kill {number} of seed {SEED}: {words[:120]!r} after {moment:.1f} s"
            hit = strike(victim)
            if not hit:
                door.kill()
            left = wait_until_gone(running, disturbed)
        assert left == [], f"{story}\n{log.read_text(errors='replace')}"
        assert mounts(disturbed) == [], story
        if not hit:
            # The build was quicker this time, or the victim ended in the instant before.
            whole = moment if victim == door.pid else whole
            continue
        print(story)
        disturbed.build()
        assert disturbed.digests() == expected, story
        assert leftovers(disturbed) == [], story
        number += 1
