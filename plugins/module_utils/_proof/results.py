"""Results of checks: `proof.json`, bound to the image's digest, and JUnit XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._common.files import write_bytes, write_text

SCHEMA = 2
MOST_RED = 200  # red results of earlier runs that are kept, the newest
# Bytes that XML 1.0 cannot carry even as references.
UNPRINTABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10, 13)}


def now() -> str:
    """The time, in UTC and whole seconds, as RFC 3339 writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. `boot` counts the guest's boots, 0 without a guest; `lines` are the
    telling ones of console, journal or cluster; `at` is when it ended (UTC, RFC 3339)."""

    name: str
    passed: bool
    expected: str
    actual: str
    lines: tuple[str, ...] = ()
    seconds: float = 0.0
    phase: str = ""
    boot: int = 0
    at: str = ""

    @property
    def key(self) -> str:
        """What a later result of the same check replaces."""
        return f"{self.phase}/{self.boot}/{self.name}"

    def __str__(self) -> str:
        if self.passed:
            return f"{self.name}: {self.actual}"
        lines = "".join(f"\n    {line}" for line in self.lines)
        return f"{self.name}: expected {self.expected}; found {self.actual}{lines}"


@dataclass(frozen=True, slots=True)
class Proof:
    """All results about one image. `required` names the checks, by key, without which nothing
    is called proved. `runs` tells of each run when, where and by which Vessel it was made, and what
    came of it; `red_before` has the failed results that later ones took the place of: red until
    green leaves a trace."""

    image: str
    sha256: str
    about: Mapping[str, Any]
    required: tuple[str, ...]
    results: tuple[CheckResult, ...] = ()
    runs: tuple[Mapping[str, Any], ...] = ()
    red_before: tuple[CheckResult, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Required checks that have not been run."""
        done = {result.key for result in self.results}
        return tuple(key for key in self.required if key not in done)

    @property
    def passed(self) -> bool:
        """True when every required check was run and no check failed."""
        return not self.missing and all(result.passed for result in self.results)

    def merged(self, results: Iterable[CheckResult]) -> Proof:
        """This proof with `results` added; they replace older ones of the same key."""
        merged, red = {result.key: result for result in self.results}, list(self.red_before)
        for result in results:
            before = merged.pop(result.key, result)
            if not before.passed and before is not result:
                red.append(before)
            merged[result.key] = result
        return replace(self, results=tuple(merged.values()), red_before=tuple(red[-MOST_RED:]))

    def begun(self) -> Proof:
        """This proof without results, of which the failed ones are red ones of before."""
        red = (result for result in self.results if not result.passed)
        return replace(self, results=(), red_before=(*self.red_before, *red)[-MOST_RED:])


def read_proof(proof: Mapping[str, Any] | None, fresh: Proof) -> Proof:
    """`fresh`, with the results and runs of an earlier `proof.json` if that is about the same
    image."""
    if not proof or proof.get("schema") != SCHEMA or proof["artifact"]["sha256"] != fresh.sha256:
        return fresh
    results, red = (tuple(map(_result, proof[key])) for key in ("checks", "red_before"))
    return replace(fresh, results=results, runs=tuple(proof["runs"]), red_before=red)


def _result(told: Mapping[str, Any]) -> CheckResult:
    return CheckResult(**{**told, "lines": tuple(told["lines"])})


def write_proof(path: Path, proof: Proof) -> None:
    """Write `proof.json` atomically."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "passed": proof.passed,
        "artifact": {"path": proof.image, "sha256": proof.sha256},
        **proof.about,
        "not_run": list(proof.missing),
        "checks": [asdict(result) for result in proof.results],
        "red_before": [asdict(result) for result in proof.red_before],
        "runs": [dict(run) for run in proof.runs],
    }
    write_text(path, json.dumps(data, indent=2) + "\n")


def write_junit(path: Path, suite: str, results: Sequence[CheckResult]) -> None:
    """Write the results in the JUnit XML that CI systems read: a `testcase` each, times in
    seconds."""
    failures = sum(not result.passed for result in results)
    total = sum(result.seconds for result in results)
    root = ET.Element("testsuites")
    element = ET.SubElement(
        root,
        "testsuite",
        name=suite,
        tests=str(len(results)),
        failures=str(failures),
        time=f"{total:.1f}",
    )
    for result in results:
        where = f"{suite}.{result.phase}.{result.boot}"
        case = ET.SubElement(
            element, "testcase", name=result.name, classname=where, time=f"{result.seconds:.1f}"
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", message=_xml(result.actual))
            failure.text = _xml(str(result))
    ET.indent(root)
    write_bytes(path, ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return text.translate(UNPRINTABLE)
