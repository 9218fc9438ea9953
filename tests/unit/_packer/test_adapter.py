"""The adapter against a stand-in for Packer: a shell script that prints rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._packer.adapter import Packer
from ansible_collections.vessel.image.plugins.module_utils._packer.rows import Row

FakePacker = Callable[[str], str]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    place = tmp_path / "a template"
    place.mkdir()
    (place / "build.pkr.hcl").touch()
    return place


@pytest.fixture
def fake(tmp_path: Path) -> FakePacker:
    def make(script: str) -> str:
        file = tmp_path / "packer"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return str(file)

    return make


def test_a_directory_is_built_and_rows_come_live(template: Path, fake: FakePacker) -> None:
    seen: list[tuple[str, float]] = []

    def note(row: Row) -> None:
        seen.append((",".join(row.data), time.monotonic()))

    program = fake('echo "1,,ui,say,$*"; sleep 0.5; echo 1,,ui,say,two')
    outcome = Packer(template, executable=program, only=["null.a", "null.b"], on_row=note).build(
        force=True
    )
    assert outcome.succeeded
    command = seen[0][0].removeprefix("say,")
    assert command.startswith("build -force -machine-readable -only=null.a,null.b -var-file=")
    assert command.endswith(str(template))
    assert seen[1][1] - seen[0][1] > 0.3


def test_variables_are_in_a_private_file_and_not_in_argv(
    template: Path, fake: FakePacker, tmp_path: Path
) -> None:
    program = fake(
        f'for word; do case $word in -var-file=*) f=${{word#*=}};; esac; done; echo "$*" > '
        f'{tmp_path}/argv; stat -c %a "$f" > {tmp_path}/mode; cat "$f" > {tmp_path}/file; cat "$f"'
    )
    packer = Packer(template, executable=program, variables={"a": "one"}, secrets={"b": "hunter2"})
    outcome = packer.build()
    assert "hunter2" not in (tmp_path / "argv").read_text()
    assert (tmp_path / "mode").read_text() == "600\n"
    assert (tmp_path / "file").read_text() == '{"a": "one", "b": "hunter2"}'
    assert "hunter2" not in outcome.tail
    assert "<redacted>" in outcome.tail
    kept = (tmp_path / "argv").read_text().split("-var-file=")[1].split(" ")[0]
    assert not Path(kept).exists()


@pytest.mark.parametrize(
    ("secret", "printed"),
    [
        ("hun,ter2", "hun%!(PACKER_COMMA)ter2"),  # as Packer writes it
        ("hun,ter2", "hun,ter2"),  # as what did not come from Packer has it
        ("hun\nter2", r"hun\nter2"),
        ("hunter2\nswordfish", r"    null.tree: hunter2\n    null.tree: swordfish"),
        ("hun\rter2", r"hun\rter2"),
        ("hunter2%!(PACKER_COMMA)", "hunter2%!(PACKER_COMMA)"),
        ("p@ss", "p%40ss"),
        ("", "http://me:hunter2@h.example/a%!(PACKER_COMMA)b"),
        ("", r"Authorization: Basic hunter2\nnext"),
    ],
)
def test_secrets_are_blanked_in_what_a_person_sees(
    template: Path, fake: FakePacker, tmp_path: Path, secret: str, printed: str
) -> None:
    (tmp_path / "printed").write_text(f"1,,ui,say,said {printed}\n1,,ui,error,{printed}\n")
    seen: list[str] = []
    program = fake(f"cat {tmp_path}/printed; exit 1")
    outcome = Packer(
        template,
        executable=program,
        secrets={"a": secret},
        on_row=lambda row: seen.append(row.text),
    ).build()
    shown = "\n".join([outcome.tail, outcome.shown, *seen])
    assert "said" in shown and "<redacted>" in shown
    for part in ("hunter2", "hun", "ter2", "swordfish", "p%40ss", "aHVudGVyMg"):
        assert part not in shown


def test_a_secret_that_comes_in_two_pieces_is_blanked(template: Path, fake: FakePacker) -> None:
    program = fake("printf 1,,ui,say,hun; sleep 0.3; echo ter2")
    outcome = Packer(template, executable=program, secrets={"a": "hunter2"}).build()
    assert outcome.shown == "<redacted>"


def test_a_failed_validation_is_an_outcome(template: Path, fake: FakePacker) -> None:
    outcome = Packer(template, executable=fake("echo 1,,ui,error,Error: bad; exit 1")).validate()
    assert (outcome.status, outcome.tail) == (1, "Error: bad")


def test_a_timeout_ends_the_whole_family(template: Path, fake: FakePacker, tmp_path: Path) -> None:
    program = fake(f"setsid sleep 300 & echo $! > {tmp_path}/pid; trap '' INT; sleep 301")
    packer = Packer(template, executable=program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{end_module()}.GRACE", 0.2)
        with pytest.raises(VesselError, match=r"VES-904.* 1 s"):
            packer.build(timeout=1)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_an_exception_ends_the_whole_family(
    template: Path, fake: FakePacker, tmp_path: Path
) -> None:
    def stop(row: Row) -> None:
        raise KeyboardInterrupt

    program = fake(f"setsid sleep 300 & echo $! > {tmp_path}/pid; echo 1,,ui,say,x; sleep 301")
    with pytest.raises(KeyboardInterrupt):
        Packer(template, executable=program, on_row=stop).build()
    assert not alive(int((tmp_path / "pid").read_text()))


def test_what_is_missing_has_a_name(template: Path, tmp_path: Path) -> None:
    with pytest.raises(VesselError, match="VES-901"):
        Packer(template, executable="no-such-packer")
    with pytest.raises(VesselError, match="VES-903"):
        Packer(tmp_path / "nowhere", executable="/bin/true")


def end_module() -> str:
    return "ansible_collections.vessel.image.plugins.module_utils._common.family"


def alive(pid: int) -> bool:
    """Whether it runs; one that waits to be reaped by an idle init does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
