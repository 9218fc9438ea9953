from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from ansible_collections.vessel.image.plugins.module_utils._proof.results import (
    CheckResult,
    Proof,
    read_results,
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
    write_proof(path, proof(GOOD, BAD))
    written = json.loads(path.read_text())
    assert read_results(written, "ab") == (GOOD, BAD)
    assert read_results(written, "cd") == ()
    assert read_results({**written, "schema": 2}, "ab") == ()
    assert read_results(None, "ab") == ()
    assert written["passed"] is False


def test_junit_is_xml_whatever_a_console_said(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "junit.xml"
    write_junit(path, "wasm-node", [GOOD, BAD])
    (suite,) = ET.parse(path).getroot()
    assert suite.get("tests") == "2"
    assert suite.get("failures") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "a telling line" in (failure.text or "")
