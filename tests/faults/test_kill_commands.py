"""`kill -9` of what is not a build of stages: locking, fetching, compiling, pruning, proof, boot.

Ten seconds later nothing of it runs or is mounted, the same command goes through, and the next
build gives the image of an undisturbed one. Moments are drawn from a seed, so that a red run can be
repeated: VESSEL_SEED, and VESSEL_KILLS for how many each command gets.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.builds import SPEC, Site
from faults.processes import family, leftovers, mounts, strike, wait_until_gone

SEED = int(os.environ.get("VESSEL_SEED", "20261129"))
KILLS = int(os.environ.get("VESSEL_KILLS", "5"))
LOCK = SPEC.with_suffix(".lock.yml")
OLD = time.time() - 90 * 86_400
# A Go program that is small, and a stage of the online half.
COMPILED = "crictl"
BLOBS = 40
GUEST = f"killed-{os.getpid()}"
PROVE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - vessel.image.prove:
        output: "{{ output }}"
        spec: "{{ spec }}"
        root: "{{ playbook_dir }}"
        phase: image
        begin: true
"""


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are the playbook and its options; `ready` makes work for it, `whole` fails when what
    a killed or finished one left cannot be used. `after` is run when it was killed; by default the
    same again."""

    words: Callable[[Site], Sequence[str]]
    ready: Callable[[Site], object] = lambda site: None
    whole: Callable[[Site], object] = lambda site: None
    after: Callable[[Site], Sequence[str]] | None = None


def _places(site: Site) -> list[str]:
    plan = site.clone / "plan-of-killed"
    return ["-e", f"spec={SPEC}", "-e", f"output={site.output.parent}",
            "-e", f"vessel_plan_file={plan}"]  # fmt: skip


def _prepare(site: Site, *more: str) -> list[str]:
    return ["playbooks/prepare.yml", *_places(site), *more]


def _the_lock_can_be_read(site: Site) -> None:
    assert site.plan().stages


def _forget_blobs(site: Site) -> None:
    blobs = sorted(path for path in (site.cache / "store/blobs").rglob("*") if path.is_file())
    assert len(blobs) > BLOBS
    for blob in random.Random(SEED).sample(blobs, BLOBS):
        blob.unlink()


def _forget_program(site: Site) -> None:
    (stage,) = (stage for stage in site.plan().stages if stage.name == COMPILED)
    shutil.rmtree(site.cache / "stages" / stage.id, ignore_errors=True)


def _grow_old(site: Site) -> None:
    """Results of stages that nobody used for long."""
    for number in range(60):
        stage = site.cache / "stages" / f"{number:064x}"
        for name in range(50):
            (stage / "result" / str(name)).mkdir(parents=True, exist_ok=True)
            (stage / "result" / str(name) / "file").write_text("x" * 5000)
        os.utime(stage, (OLD, OLD))


def _proof_is_json(site: Site) -> None:
    file = site.output / "proof.json"
    if file.exists():
        assert json.loads(file.read_text())["checks"] is not None


def _boot(site: Site, state: str = "present") -> list[str]:
    return ["playbooks/boot.yml", "-e", f"spec={SPEC}", "-e", f"output={site.output.parent}",
            "-e", f"guest={GUEST}", "-e", f"state={state}", "-e", "accelerator=tcg"]  # fmt: skip


COMMANDS = {
    "locking": Command(lambda s: _prepare(s, "-e", "update=true"), whole=_the_lock_can_be_read),
    "fetching": Command(_prepare, _forget_blobs),
    "compiling": Command(_prepare, _forget_program),
    "pruning": Command(lambda s: ["playbooks/cache.yml", "-e", "state=pruned"], _grow_old),
    "proof": Command(
        lambda s: ["prove.yml", "-e", f"spec={SPEC}", "-e", f"output={s.output}"],
        whole=_proof_is_json,
    ),
    # A machine outlives who started it, on purpose; nobody must be unable to end it.
    "boot": Command(_boot, after=lambda s: _boot(s, "absent")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_command_leaves_nothing(
    site: Callable[..., Site], tmp_path: Path, name: str
) -> None:
    command, chance, here = COMMANDS[name], random.Random(f"{SEED} {name}"), site(name)
    (here.clone / "prove.yml").write_text(PROVE)
    here.build()
    expected, lock = here.digests(), (here.clone / LOCK).read_text()
    log = tmp_path / "killed.log"
    begun = time.monotonic()
    command.ready(here)
    status, said = here.try_build(*command.words(here))
    assert status == 0, said
    whole = time.monotonic() - begun
    if command.after:
        assert here.try_build(*command.after(here))[0] == 0
    killed = 0
    while killed < KILLS:
        command.ready(here)
        moment = whole * (killed + chance.random()) / KILLS
        story = f"{name}: kill {killed} of seed {SEED} after {moment:.1f} s"
        with here.start(*command.words(here), log=log) as door:
            time.sleep(moment)
            running = {} if command.after else family(door.pid)
            if not strike(door.pid):
                whole = moment
                continue
            left = wait_until_gone(running, here) if not command.after else []
        assert left == [], f"{story}\n{log.read_text(errors='replace')}"
        assert mounts(here) == [], story
        command.whole(here)
        status, said = here.try_build(*(command.after or command.words)(here))
        assert status == 0, f"{story}\n{said}"
        assert wait_until_gone({}, here) == [], story
        print(story)
        killed += 1
    (here.clone / LOCK).write_text(lock)
    here.build("-e", "verify=true")
    assert here.digests() == expected
    assert leftovers(here) == []
