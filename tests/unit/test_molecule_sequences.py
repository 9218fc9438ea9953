"""A killed `molecule test` leaves Molecule believing in a guest: the next one starts anew."""

from __future__ import annotations

from pathlib import Path

import yaml


def test_every_scenario_begins_and_ends_with_no_guest(root: Path) -> None:
    scenarios = sorted((root / "molecule").glob("*/molecule.yml"))
    assert len(scenarios) > 1
    for scenario in scenarios:
        sequence = yaml.safe_load(scenario.read_text())["scenario"]["test_sequence"]
        assert (sequence[0], sequence[-1]) == ("destroy", "destroy"), scenario
