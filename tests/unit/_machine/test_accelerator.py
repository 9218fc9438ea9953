from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._machine import accelerator


def test_the_probe_is_remembered_for_one_boot(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("one\n")
    monkeypatch.setattr(accelerator, "BOOT_ID", boot_id)
    device = tmp_path / "kvm"
    monkeypatch.setattr(accelerator, "DEVICE", device)
    assert accelerator.choose(Path("image")).name == "tcg"
    device.touch()
    answers = iter(["kvm", "tcg"])
    monkeypatch.setattr(
        accelerator, "_probe", lambda *_given: accelerator.Accelerator(next(answers), "probed")
    )
    assert [accelerator.choose(Path("image")).name for _ in range(2)] == ["kvm", "kvm"]
    boot_id.write_text("two\n")
    assert accelerator.choose(Path("image")).name == "tcg"
    assert json.loads((cache / "proof/accelerator.json").read_text())["boot_id"] == "two"


def test_asked_for_means_unprobed() -> None:
    assert accelerator.choose(Path("image"), "tcg") == accelerator.Accelerator("tcg", "as asked")


def test_a_kernel_that_hangs_late_is_given_up_too() -> None:
    spoke = "[    0.000000] Linux version 6.12"
    assert accelerator._hopeless("", 10) == ""
    assert accelerator._hopeless("", 20) == "no kernel spoke within 20 s"
    assert accelerator._hopeless(spoke, 60) == ""
    assert accelerator._hopeless(spoke, 90) == "no login prompt came within 90 s"
