"""`molecule login` by Molecule's own code: from its configuration and what create.yml writes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from molecule.command.base import get_configs


def test_the_command_that_logs_in(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path))  # where Molecule keeps its state
    configs = get_configs({"base_config": [".config/molecule/config.yml"]}, {"subcommand": "login"})
    there = {path.parent.name for path in (root / "molecule").glob("*/molecule.yml")}
    assert {config.scenario.name for config in configs} == there and "default" in there
    known = way_in(root)
    for config in configs:
        assert [platform["name"] for platform in config.platforms.instances] == [known["instance"]]
        place = Path(config.driver.instance_config)
        place.parent.mkdir(parents=True, exist_ok=True)
        files = {"identity_file": "/a b/id", "known_hosts": "/a b/k"}
        place.write_text(json.dumps([{**known, **files}]))
        options = config.driver.login_options(known["instance"])
        words = shlex.split(config.driver.login_cmd_template.format(**options))
        assert words[words.index("-i") + 1] == "/a b/id"
        assert 'UserKnownHostsFile="/a b/k"' in words
        assert words[-1] == "root@127.0.0.1"


def way_in(root: Path) -> dict[str, Any]:
    """What create.yml writes for Molecule, its values as templates."""
    (play,) = yaml.safe_load((root / "molecule/shared/create.yml").read_text())
    (task,) = [task for task in play["tasks"] if "molecule_instance_config" in str(task)]
    return dict(task["vars"]["vessel_way_in"])
