"""A small build whose system calls fail one by one, and what is looked at after each."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import select
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from faults.injector import ERRORS, Fault, Injector
from integration._lock.archives import Archives

PROGRAM = Path(__file__).with_name("small_build.py")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PATIENCE = 900.0  # seconds for one run; a busy host takes a hundred times of what an idle one does
WITHIN = 10.0  # seconds in which a killed build has to be gone
KILLS = ("kill", "kill the door")
SCRATCH = re.compile(r"/\.([^/]+)\.[a-z0-9_]{8}\.part(?=/|$)(/new)?")
SPEC = """\
schema: 1
name: small
vessel: general-purpose
architectures: [amd64]
operating_system: {{distribution: debian, release: trixie, kernel: cloud}}
kubernetes: {{version: "1.36.3"}}
container_runtime: {{containerd: "2.4.2"}}
wasm: {{runtimes: [wasmedge], default: wasmedge}}
preload: {{control_plane: true}}
customize:
  executables:
    - {{path: /usr/local/bin/tool, url: "{url}", sha256: {sha256}}}
outputs: [raw]
"""


def program(path: str) -> bytes:
    """What the server has at `path`."""
    return b"\x7fELF" + path.encode() * 100_000


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        data = program(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        return


@contextmanager
def server() -> Iterator[str]:
    """Its URL, on the loopback interface."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}"
        finally:
            serving.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True)
class State:
    """What a build gives: the output's sums and names, and the lock."""

    sums: Mapping[str, str]
    names: frozenset[str]
    lock: bytes


class Small:
    """The site of small builds, and the process that runs them."""

    def __init__(self, place: Path, url: str, served: Archives | None = None) -> None:
        """`served`: archives of packages, which are resolved by apt then."""
        self.place, self.url, self.log = place / "site", url, place / "log"
        self.before = place / "before"
        # apt's own user gets there, unlike to pytest's directories.
        self.public = served.key.with_name("public") if served else place / "public"
        self.public.mkdir()
        self.public.chmod(0o1777)
        self.injector = Injector(place, self.place, self.public)
        self.counted: Mapping[str, int] = {}
        (self.place / "specs").mkdir(parents=True)
        self.choose("/old")
        if served:
            told = {"address": served.address, "key": str(served.key)}
            (self.place / "archives.json").write_text(json.dumps(told))
        # In a session of its own, so that all it started can be ended.
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(self.place)],
            env={**os.environ, **self.injector.environment, "TMPDIR": str(self.public)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def choose(self, path: str) -> None:
        """Ask in the spec for another program."""
        sha256 = hashlib.sha256(program(path)).hexdigest()
        text = SPEC.format(url=f"{self.url}{path}", sha256=sha256)
        (self.place / "specs/small.yml").write_text(text)

    def run(self, command: str, fault: Fault | None = None) -> tuple[int, str]:
        """Run a command of small_build.py with a fault; its exit status and what it said."""
        self.injector.arm(fault)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{self.log}\t{command}\n")
        ready, *_others = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, f"{command} hangs with {fault}"
        status = self.process.stdout.readline()
        self.counted = self.injector.counts()
        return int(status), self.log.read_text(errors="replace")

    def build(self) -> State:
        """Build without a fault; what came of it."""
        status, said = self.run("build")
        assert status == 0, said
        return self.look()

    def keep(self) -> None:
        """What every injection begins with."""
        subprocess.run(["cp", "-a", self.place, self.before], check=True)

    def again(self) -> None:
        """Back to what `keep` kept."""
        shutil.rmtree(self.place)
        subprocess.run(["cp", "-a", self.before, self.place], check=True)

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def look(self) -> State:
        """What is there now. Fails when files of the output are not those of its checksums."""
        output = self.place / "output/small"
        lines = (output / "SHA256SUMS").read_text().splitlines()
        sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
        assert {name: _sha256(output / name) for name in sums} == sums
        names = frozenset(path.name for path in output.glob("[!.]*"))
        return State(sums, names, (self.place / "specs/small.lock.yml").read_bytes())

    def trusted(self) -> dict[str, str]:
        """What the next build would believe: the digest of each blob, and of each kept result."""
        cache = self.place / "cache"
        believed = ("durable\n", BOOT_ID.read_text())
        blobs = {blob.name: _sha256(blob) for blob in cache.glob("store/blobs/*/[0-9a-f]*")}
        return blobs | {
            mark.parent.name: _tree(mark.parent)
            for mark in cache.glob("stages/*/boot")
            if mark.read_text() in believed and (mark.parent / "result").is_dir()
        }

    def running(self) -> set[int]:
        """The processes of a run."""
        return self.injector.users() - {self.process.pid}

    def leftovers(self) -> list[Path]:
        """Scratch of any kind."""
        found = [path for place in (self.place, self.public) for path in place.rglob(".*.part")]
        return [*found, *self.place.glob("cache/stages/*/open")]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tree(stage: Path) -> str:
    """Of a kept result: names, kinds, modes and bytes of all in it, and what it lies over."""
    rows = []
    for path in [stage / "below", *sorted((stage / "result").rglob("*"))]:
        if not path.is_symlink() and not path.exists():
            continue
        mode = path.lstat().st_mode
        what = str(path.readlink()) if path.is_symlink() else ""
        what = _sha256(path) if stat.S_ISREG(mode) else what
        rows.append([str(path.relative_to(stage)), oct(mode), what])
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault in a command."""

    command: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.command}: {self.fault}"


def injections(
    counts: Mapping[str, Mapping[str, int]],
    number: int,
    chance: random.Random,
    errors: Mapping[str, Sequence[str]] = ERRORS,
) -> list[Injection]:
    """`number` of them, spread evenly over classes × errors, and over the calls of each; where a
    class has fewer calls than its share, the others have more. `counts`: command -> class -> calls.
    """
    calls = {
        (command, kind, error): count
        for command, of in counts.items()
        for kind, count in of.items()
        for error in errors[kind]
        if count
    }
    shares = dict.fromkeys(calls, 0)
    left = min(number, sum(calls.values()))
    while left:
        for key in sorted(calls, key=lambda each: (shares[each], chance.random())):
            if left and shares[key] < calls[key]:
                shares[key] += 1
                left -= 1
    found = []
    for (command, kind, error), share in shares.items():
        for index in range(share):
            first, last = ((index + at) * calls[command, kind, error] // share for at in (0, 1))
            found.append(Injection(command, Fault(kind, error, chance.randint(first + 1, last))))
    chance.shuffle(found)
    return found


class Sweep:
    """Two builds without faults, which say what is right, and then the injections."""

    def __init__(self, small: Small, commands: Sequence[str]) -> None:
        """Besides the build, `commands` are cut short."""
        self.small = small
        self.old, self.right = small.build(), small.trusted()
        small.choose("/new")
        small.keep()
        self.new = small.build()
        self.right |= small.trusted()
        self.counts = {"build": small.counted}
        for command in commands:
            small.again()
            status, said = small.run(command)
            assert status == 0, said
            self.counts[command] = small.counted
        assert self.old.sums != self.new.sums
        self.hits = 0

    def inject(self, injection: Injection) -> list[str]:
        """What is wrong after it; empty when nothing is."""
        self.small.again()
        status, said = self.small.run(injection.command, injection.fault)
        hit = self.small.injector.hit()
        self.hits += hit is not None
        wrong = []
        if hit and injection.fault.error in KILLS:
            wrong = [*self._running(), *self._trusted()]
        elif hit:
            wrong = [
                *_said(injection.fault, status, said, hit[1], self.small.place),
                *self._state(),
            ]
        wrong += self._next()
        return [f"{injection}, {hit}: {'; '.join(wrong)}\n{said}"] if wrong else []

    def _next(self) -> list[str]:
        """The next build has no faults."""
        try:
            after = self.small.build()
            wrong = self._trusted()
            if self.small.leftovers():
                # Where scratch could not be removed, and there was nothing to build since.
                self.small.choose("/old")
                self.small.build()
        except (AssertionError, OSError, ValueError) as error:
            return [f"the next build is not right: {error}"]
        if after != self.new:
            wrong.append(f"the next build gives something else: {sorted(after.names)}")
        if left := self.small.leftovers():
            wrong.append(f"left after the next build: {left}")
        return wrong

    def _state(self) -> list[str]:
        """The output is the old one or the new one, and what the cache trusts is right."""
        try:
            state = self.small.look()
        except (AssertionError, OSError, ValueError) as error:
            return [f"the output is not whole: {type(error).__name__} {error}"]
        wrong = self._trusted()
        if state.sums not in (self.old.sums, self.new.sums):
            wrong.append("the output is neither the old one nor the new one")
        if state.lock not in (self.old.lock, self.new.lock):
            wrong.append("the lock is neither the old one nor the new one")
        return wrong

    def _trusted(self) -> list[str]:
        """Results that are believed, and blobs, are those of builds without faults."""
        trusted = self.small.trusted()
        bad = [each for each, tree in trusted.items() if self.right.get(each, each) != tree]
        return [f"trusted, and not right: {bad}"] if bad else []

    def _running(self) -> list[str]:
        """What still runs, or is mounted, of a build that was killed."""
        deadline = time.monotonic() + WITHIN
        while (left := self.small.running()) and time.monotonic() < deadline:
            time.sleep(0.05)
        mounted = str(self.small.place) in Path("/proc/self/mountinfo").read_text()
        return [f"still running: {left}"] * bool(left) + ["something is mounted"] * mounted


def _said(fault: Fault, status: int, said: str, path: str, site: Path) -> list[str]:
    """What is wrong with what a build said that ended with `status` for a fault at `path`."""
    if status == 0:
        return []
    # Scratch goes by the name of what it becomes; a directory stands for all in it.
    hit = Path(SCRATCH.sub(r"/\1", path))
    named = [Path(each) for each in re.findall(rf"{re.escape(str(site))}[^\s:,'\"]*", said)]
    told = {
        "a traceback": "Traceback" not in said,
        "no code": re.search(r"VES-\d\d\d: ", said) is not None,
        "no path": any(
            # On a full disk stages that run side by side fail together, and one of them is told.
            fault.error == "full" or hit == each or each in hit.parents
            for name in named
            for each in (name, Path(SCRATCH.sub(r"/\1", str(name))))
        ),
        "no success": not fault.harmless,
    }
    return [what for what, right in told.items() if not right]


def sweep(
    place: Path,
    number: int,
    seed: int,
    errors: Mapping[str, Sequence[str]] = ERRORS,
    commands: Sequence[str] = ("prune",),
    served: Archives | None = None,
) -> list[str]:
    """Run `number` injections of a seed; what was wrong after each."""
    with server() as url:
        small = Small(place, url, served)
        try:
            whole = Sweep(small, commands)
            chosen = injections(whole.counts, number, random.Random(seed), errors)
            assert len(chosen) == number
            wrong: list[str] = []
            for index, each in enumerate(chosen, 1):
                found = whole.inject(each)
                wrong += found
                if index % 50 == 0 or found:
                    print(f"{index} of seed {seed}, {len(wrong)} wrong", *found, flush=True)
            print(f"{whole.hits} of {number} calls were made, {len(wrong)} of them are wrong")
            return wrong
        finally:
            small.end()
