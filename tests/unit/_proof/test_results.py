from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._proof.results import (
    MOST_RED,
    SCHEMA,
    CheckResult,
    Proof,
    read_proof,
    write_junit,
    write_proof,
)

GOOD = CheckResult("a", True, "x", "x", (), 1.5, "node", 1)
BAD = CheckResult("b", False, "x", "y\x1b<", ("a telling line",), 0.5, "node", 1)


def proof(*results: CheckResult, required: tuple[str, ...] = ("node/1/a",)) -> Proof:
    return Proof("i.qcow2", "ab", {"accelerator": "tcg"}, required).merged(results)


def test_passed_needs_every_required_check_and_no_failure() -> None:
    assert proof(GOOD).passed
    assert not proof().passed
    assert proof().missing == ("node/1/a",)
    assert not proof(GOOD, BAD).passed
    assert not proof(GOOD, required=("node/1/a", "node/2/a")).passed


def test_a_later_result_replaces_an_earlier_one() -> None:
    red = CheckResult("a", False, "x", "y", (), 0, "node", 1)
    assert proof(red, GOOD).results == (GOOD,)


def test_results_come_back_for_the_same_image_only(tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    whole = replace(proof(GOOD, BAD).merged([replace(BAD, passed=True)]), runs=({"phase": "x"},))
    write_proof(path, whole)
    written, fresh = json.loads(path.read_text()), proof()
    assert read_proof(written, fresh) == whole
    other = replace(fresh, sha256="cd")
    assert read_proof(written, other) == other
    assert read_proof({**written, "schema": SCHEMA + 1}, fresh) == fresh
    assert read_proof(None, fresh) == fresh


def test_a_failed_proof_says_so(tmp_path: Path) -> None:
    write_proof(tmp_path / "proof.json", proof(GOOD, BAD))
    assert json.loads((tmp_path / "proof.json").read_text())["passed"] is False


def test_red_until_green_leaves_a_trace() -> None:
    red = replace(GOOD, passed=False, actual="y")
    once = proof(red).merged([GOOD])
    assert once.passed and once.red_before == (red,)
    again = once.merged([GOOD])
    assert again.red_before == (red,) and again.results == (GOOD,)
    assert proof(red, BAD).begun().red_before == (red, BAD)
    assert proof(red, BAD).begun().results == ()


def test_so_many_traces_are_kept_the_newest() -> None:
    found = proof()
    for number in range(MOST_RED + 3):
        found = found.merged([replace(GOOD, passed=False, actual=str(number))])
    found = found.merged([GOOD])
    assert [found.red_before[0].actual, found.red_before[-1].actual] == ["3", str(MOST_RED + 2)]


def test_junit_is_xml_whatever_a_console_said(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "junit.xml"
    write_junit(path, "wasm-node", [GOOD, BAD])
    (suite,) = ET.parse(path).getroot()
    assert suite.get("tests") == "2"
    assert suite.get("failures") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "a telling line" in (failure.text or "")
