"""What is broken in python-packer 0.1.2, with the real Packer.

A red test here is good news: upstream has mended it, and the adapter can lose an override.
"""

from __future__ import annotations

from pathlib import Path

import packer
import pytest
import sh

TEMPLATE = """
variable "word" {
  type    = string
  default = "none"
}
source "null" "tree" {
  communicator = "none"
}
build {
  sources = ["source.null.tree"]
}
"""


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHECKPOINT_DISABLE", "1")
    file = tmp_path / "build.pkr.hcl"
    file.write_text(TEMPLATE)
    return file


def test_what_the_adapter_takes_as_it_is(template: Path) -> None:
    assert packer.Packer(str(template)).version().split(".")[0] == "1"
    assert packer.Packer(str(template)).build(parallel=False).exit_code == 0


def test_directories_are_refused(template: Path) -> None:
    with pytest.raises(OSError, match="packerfile not found"):
        packer.Packer(str(template.parent))


def test_build_sends_an_option_that_packer_rejects(template: Path) -> None:
    with pytest.raises(sh.ErrorReturnCode_1) as caught:
        packer.Packer(str(template)).build()
    assert b"-parallel" in caught.value.stderr + caught.value.stdout


def test_inspect_crashes(template: Path) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        packer.Packer(str(template)).inspect()


def test_a_failed_validation_crashes(template: Path) -> None:
    template.write_text("nonsense {")
    with pytest.raises(AttributeError, match="message"):
        packer.Packer(str(template)).validate()


def test_variables_are_on_the_command_line(template: Path) -> None:
    client = packer.Packer(str(template), vars={"word": "hunter2"})
    client.validate()
    assert "hunter2" in str(client.packer_cmd)


def test_packer_itself_shows_sensitive_defaults_when_machine_readable(template: Path) -> None:
    """Not upstream's defect, but why the adapter's `inspect` is not machine-readable."""
    template.write_text(TEMPLATE.replace('"none"\n}', '"hunter2"\n  sensitive = true\n}', 1))
    assert "hunter2" not in str(sh.packer.inspect(str(template)))
    assert "hunter2" in str(sh.packer.inspect("-machine-readable", str(template)))
