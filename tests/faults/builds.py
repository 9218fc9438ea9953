"""A clone and a cache of its own for builds that are cut short, starved, raced and repeated.

The cache begins as a bundle for an offline machine: blobs and the results of the stages that use
the network are there, as hard links where that is possible, and nothing else is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._common.lifeline import VARIABLE
from ansible_collections.vessel.image.plugins.module_utils._common.places import cache_root
from ansible_collections.vessel.image.plugins.module_utils._flow.making import the_store
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import plan_spec
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import all_blobs
from ansible_collections.vessel.image.plugins.module_utils._store import quick
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

ROOT = Path(__file__).resolve().parents[2]
SPEC = Path("specs/wasm-node.yml")
DOOR = "build-image.yml"
LIMIT = 1800.0


@dataclass(frozen=True, slots=True)
class Site:
    """A clone with a cache: where builds run. `prefix` stands before the front door's words."""

    clone: Path
    cache: Path
    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        return self.clone / "output/wasm-node"

    def plan(self) -> Plan:
        """The plan of the clone's default spec."""
        return plan_of(self.clone)

    def start(self, *words: str, log: Path) -> subprocess.Popen[bytes]:
        """Start the front door, or the playbook that the first word is, in a session of its own;
        all it says goes to `log`."""
        if not words or not words[0].endswith(".yml"):
            words = (DOOR, *words)
        environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
        environment |= {
            "VESSEL_CACHE": str(self.cache),
            "ANSIBLE_CONFIG": str(self.clone / "ansible.cfg"),
            **self.environment,
        }
        with log.open("wb") as file:
            return subprocess.Popen(
                [*self.prefix, "ansible-playbook", *words],
                cwd=self.clone,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def build(self, *words: str) -> str:
        """Build; returns what it said. Fails the test when the build fails."""
        status, said = self.try_build(*words)
        assert status == 0, said
        return said

    def try_build(self, *words: str) -> tuple[int, str]:
        """Build, or run the playbook that the first word is; returns its status and what it
        said."""
        log = self.clone / "build.log"
        with self.start(*words, log=log) as child:
            status = child.wait(LIMIT)
        return status, log.read_text(errors="replace")

    def digests(self) -> dict[str, str]:
        """File name -> sha256, as SHA256SUMS has them; sha256sum has checked them."""
        subprocess.run(
            ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=self.output, check=True
        )
        lines = (self.output / "SHA256SUMS").read_text().splitlines()
        return {name: digest for digest, name in (line.split("  ") for line in lines)}

    def cached(self) -> dict[str, bool]:
        """Stage -> whether the last build took its kept result."""
        stages: list[dict[str, Any]] = json.loads((self.output / "build.json").read_text())[
            "stages"
        ]
        return {stage["name"]: stage["cached"] for stage in stages}


def copy_project(clone: Path, lock: Path) -> None:
    """What git would clone, with changes that are not committed yet, and the lock."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(words, cwd=ROOT, text=True).split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name, follow_symlinks=False)
    shutil.copy(lock, clone / SPEC.parent)


def plan_of(clone: Path) -> Plan:
    """The plan of the default spec, which is locked."""
    plan = plan_spec(clone / SPEC, clone, clone / "output", keep=False).plan
    assert plan is not None
    return plan


def fill_cache(cache: Path, lock: Path) -> Path:
    """A cache with the user's blobs in it, and with the results of online stages; returns it."""
    plan, mine = plan_of(ROOT), cache_root()
    results = [kept.place(s.id).parent for s in plan.stages if s.kind.online and kept.is_kept(s.id)]
    for path in [*_stored(plan), *results]:
        target = cache / path.relative_to(mine)
        target.parent.mkdir(parents=True, exist_ok=True)
        linked = subprocess.run(
            ["cp", "--archive", "--link", path, target], check=False, capture_output=True
        )
        if linked.returncode != 0:  # another file system
            shutil.rmtree(target, ignore_errors=True)
            subprocess.run(["cp", "--archive", path, target], check=True)
    return cache


def _stored(plan: Plan) -> Iterator[Path]:
    """The files of the store that hold the plan's blobs, and the forms that unpack quickly."""
    store = the_store()
    for blob in all_blobs(plan.stages):
        if path := store.path(blob.sha256):
            yield path
        key = quick._key(blob.sha256)
        if record := store.record(key):
            yield from (path for path in map(store.path, record.values()) if path)
            yield store._record(key)
