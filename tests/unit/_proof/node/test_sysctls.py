from __future__ import annotations

import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.node import system


@pytest.mark.parametrize(
    ("own", "spec", "said"),
    [
        ("kernel.panic = 10\n# kernel.sysrq = 1\n", None, ""),
        ("kernel.panic = 11\n", None, "kernel.panic is 10, not 11"),
        ("kernel.panic = 11\n", "kernel.panic = 10\n", ""),
        ("kernel.panic = 10\n", "kernel.panic = 0\n", "kernel.panic is 10, not 0"),
    ],
)
def test_the_files_of_image_and_spec_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, spec: str | None, said: str
) -> None:
    files = {"OWN": own, "SYSCTLS": spec}
    for name, text in files.items():
        monkeypatch.setattr(system, name, tmp_path / name)
        if text is not None:
            (tmp_path / name).write_text(text)
    kernel = 'sysctl() { [ "$2" = kernel.panic ] && echo 10; }\n'

    def sh(script: str) -> str:
        words = ["bash", "-c", kernel + script]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()

    found = system.sysctls(Mock(sure=sh))
    assert (found.passed, found.actual) == (not said, said or found.expected)
