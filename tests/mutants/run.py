"""Plant faults into a copy of this clone, one at a time, and see whether the tests notice.

    python tests/mutants/run.py [--whole] [--again] [--only WORD] [ROOM …]

The faults are in `planted/*.yml`, see `read`. Each is planted into a copy, the tests of its room
run, and it is taken out again. A fault that they survive is run with all unit tests where `--whole`
says so; one in Rust with all tests of its crate in any case, which Cargo runs. Those that died are
not run again, so an interrupted run goes on where it was; `--again` forgets that. It ends with 1
when a fault survived that is not listed with a `known` reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections"), str(ROOT / "tests")]

from ansible_collections.vessel.image.plugins.module_utils._store.rustbuild import (  # noqa: E402
    Workshop,
)
from rust_workshop import NothingTested, failing, forget_members, kept_workshop  # noqa: E402

PLANTED = Path(__file__).parent / "planted"
LIBRARY = "plugins/module_utils/"
RUST = "native/rust/"
LONGEST = 300.0  # seconds; a fault that hangs a test has been noticed
# What git does not know and tests want: without it they are skipped, and a skip notices nothing.
MADE = ("specs/wasm-node.lock.yml",)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted fault: `old` stands exactly once in `file` and becomes `new`; `why` says what is
    wrong then. `tests` are those that should see it, by default the mirror of its room. `known` is
    the reason why none does, where that is accepted."""

    room: str
    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...] = ()
    known: str = ""

    @property
    def key(self) -> str:
        """What it is known by from run to run."""
        return hashlib.sha256(f"{self.file}\0{self.old}\0{self.new}".encode()).hexdigest()[:16]


class Misplanted(Exception):
    """The table no longer fits the code."""


def read(directory: Path = PLANTED) -> list[Mutant]:
    """Every planted fault. A file of the table is a room; each of its entries has `file`, `old`,
    `new`, `why`, and may have `tests` and `known`."""
    return [
        Mutant(path.stem, **{**each, "tests": tuple(each.get("tests", ()))})
        for path in sorted(directory.glob("*.yml"))
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def mutated(text: str, mutant: Mutant) -> str:
    """The file's text with the fault. Raises `Misplanted`."""
    times = text.count(mutant.old)
    if times != 1 or mutant.old == mutant.new:
        raise Misplanted(f"{mutant.file} has {times} times, not once: {mutant.old!r}")
    return text.replace(mutant.old, mutant.new)


def tests_of(mutant: Mutant, copy: Path, whole: bool) -> list[tuple[str, ...]]:
    """The tests that should see it, the nearest first: of its file, of its room, and all."""
    if mutant.file.startswith(RUST):
        krustlet = mutant.file.startswith(f"{RUST}krustlet/")
        return [("--bin", "krustlet-wasi") if krustlet else ("--lib", "--test", "*")]
    every = [("tests/unit",)] if whole else []
    if mutant.tests:
        return [mutant.tests, *every]
    if not mutant.file.startswith(LIBRARY):
        return [("tests/unit",)]
    inside = Path(mutant.file.removeprefix(LIBRARY))
    near = Path("tests/unit", inside.parent, f"test_{inside.name}")
    room = Path("tests/unit", inside.parts[0])
    return [(str(each),) for each in (near, room) if (copy / each).exists()] + every


def copied(place: Path) -> Path:
    """A copy of what git knows of this clone, changed or not."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, [*names, *MADE]):
        source, target = ROOT / name, place / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    (place / ".venv").symlink_to((ROOT / ".venv").resolve())
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    return place


def red(copy: Path, mutant: Mutant, tests: Sequence[str]) -> str:
    """The first test that fails, empty when none does. Raises `Misplanted` when none was run."""
    # What pytest need not load is two thirds of the time of a small run.
    lean = ["-n", "2"] if list(tests) == ["tests/unit"] else ["-p", "no:xdist"]
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *lean]
    words += ["-p", "no:hypothesispytest", f"--basetemp={copy.parent / 'tmp'}", *tests]
    try:
        done = subprocess.run(
            words, cwd=copy, capture_output=True, text=True, timeout=LONGEST, check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"nothing ended within {LONGEST:g} s"
    if done.returncode == 0 and " passed" not in done.stdout:
        raise Misplanted(f"{' '.join(tests)}: {done.stdout[-200:]}")
    if done.returncode == 0:
        return ""
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return (told or [*done.stdout.splitlines(), *done.stderr.splitlines(), "it failed"])[-1][:160]


def rust_red(shop: Workshop, copy: Path, mutant: Mutant, tests: Sequence[str]) -> str:
    """As `red`, of the sources of native/rust in `copy`, which are compiled in `shop`."""
    for source in (copy / RUST).rglob("*.rs"):
        target = shop.source / source.relative_to(copy / RUST)
        if source.read_bytes() != target.read_bytes():  # or Cargo would compile it anew
            target.write_bytes(source.read_bytes())
    try:
        return failing(shop, tests)[:160]
    except NothingTested as error:
        raise Misplanted(f"{mutant.file}, {mutant.why}: {error}") from error


def run(
    copy: Path,
    mutants: Iterable[Mutant],
    whole: bool,
    look: Callable[[Path, Mutant, Sequence[str]], str] = red,
) -> Iterator[tuple[Mutant, str]]:
    """Each fault with what noticed it, empty for a survivor. `look` runs its tests, as `red`."""
    sound: set[tuple[str, ...]] = set()

    def seen(mutant: Mutant, changed: str, tests: tuple[str, ...]) -> str:
        file = copy / mutant.file
        if tests not in sound:  # or every fault would seem to be noticed
            if why := look(copy, mutant, tests):
                raise Misplanted(f"without a fault, {' '.join(tests)}: {why}")
            sound.add(tests)
        text = file.read_text(encoding="utf-8")
        file.write_text(changed, encoding="utf-8")
        try:
            return look(copy, mutant, tests)
        finally:
            file.write_text(text, encoding="utf-8")

    for mutant in mutants:
        changed = mutated((copy / mutant.file).read_text(encoding="utf-8"), mutant)
        looks = (seen(mutant, changed, tests) for tests in tests_of(mutant, copy, whole))
        yield mutant, next(filter(None, looks), "")


def run_all(copy: Path, mutants: Iterable[Mutant], whole: bool) -> Iterator[tuple[Mutant, str]]:
    """As `run`; the compilers of Rust are there for as long as they are needed."""
    rust = [mutant for mutant in mutants if mutant.file.startswith(RUST)]
    yield from run(copy, [mutant for mutant in mutants if mutant not in rust], whole)
    if rust:
        with kept_workshop(ROOT) as shop:
            yield from run(copy, rust, whole, partial(rust_red, shop))
            forget_members(shop)


def known_dead(results: Path) -> dict[str, str]:
    """Faults that died in an earlier run, with what noticed them."""
    if not results.exists():
        return {}
    rows = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {row["key"]: row["by"] for row in rows if row["by"]}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rooms", nargs="*", help="files of planted/, without .yml; by default all")
    parser.add_argument("--whole", action="store_true", help="survivors: run all unit tests")
    parser.add_argument("--again", action="store_true", help="run those that died before, too")
    parser.add_argument("--only", default="", help="a word of `file` or `why`")
    parser.add_argument("--results", type=Path, default=ROOT / ".mutants.jsonl")
    said = parser.parse_args()
    mutants = [m for m in read() if not said.rooms or m.room in said.rooms]
    mutants = [m for m in mutants if said.only in m.file or said.only in m.why]
    for mutant in mutants:
        mutated((ROOT / mutant.file).read_text(encoding="utf-8"), mutant)
    if said.again:
        said.results.unlink(missing_ok=True)
    dead = known_dead(said.results)
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        copy = copied(Path(place) / "clone")
        begun = time.monotonic()
        todo = [mutant for mutant in mutants if mutant.key not in dead]
        for mutant, noticed in run_all(copy, todo, said.whole):
            with said.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": mutant.key, "by": noticed}) + "\n")
            if not noticed:
                survivors.append(mutant)
            state = noticed or ("known" if mutant.known else "SURVIVED")
            print(f"{time.monotonic() - begun:6.0f} s  {mutant.room}: {mutant.why}: {state}",
                  flush=True)  # fmt: skip
    killed = len(mutants) - len(survivors)
    print(f"{len(mutants)} planted, {killed} died, {killed / max(1, len(mutants)):.0%}")
    for mutant in survivors:
        print(
            f"survived: {mutant.file}: {mutant.why}{f' ({mutant.known})' if mutant.known else ''}"
        )
    return 1 if any(not mutant.known for mutant in survivors) else 0


if __name__ == "__main__":
    sys.exit(main())
