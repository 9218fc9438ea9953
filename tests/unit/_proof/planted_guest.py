"""A guest that is this host: what a check asks over SSH, bash runs here, with planted programs
before those of the host's. So a check is seen red and green by what its script really does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine.guest import Guest, place
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context, Lab
from unit._proof.exported import exported

# ssh gives its last word to the shell of whoever logs in.
SSH = '#!/bin/bash\nexec bash -c "${!#}"\n'


class Planted:
    """`context` is what checks look at; each of `programs` is a script that the guest has."""

    def __init__(self, place_of_programs: Path, patch: pytest.MonkeyPatch, **programs: str) -> None:
        self.programs = place_of_programs
        self.programs.mkdir()
        patch.setenv("PATH", f"{self.programs}{os.pathsep}{os.environ['PATH']}")
        self.plant("ssh", SSH)
        for name, text in programs.items():
            self.plant(name, f"#!/bin/bash\n{text}\n")
        place("planted").mkdir(parents=True, exist_ok=True)
        guest = Guest(
            "planted", os.getpid(), 1, 1, "uefi", "planted", "tcg", "", str(place_of_programs)
        )
        self.context = Context(
            exported(krustlet=False), Path(), lab=Lab({"planted": guest}), patience=0.0
        )

    def plant(self, name: str, text: str) -> None:
        """The guest has this program now."""
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)


@pytest.fixture
def planted(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes such a guest out of its programs: `planted(systemctl="echo active")`."""
    return lambda **programs: Planted(tmp_path / "programs", monkeypatch, **programs)
