from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import run


def test_output_and_input_pass_through() -> None:
    result = run(["sh", "-c", "cat; echo $LC_ALL $TZ $EXTRA >&2"], stdin=b"in", env={"EXTRA": "e"})
    assert (result.status, result.stdout, result.stderr) == (0, "in", "C.UTF-8 UTC e\n")


def test_a_bare_child_has_nothing_of_the_host_but_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (tmp_path / "file").open() as file:
        words = ["sh", "-c", f"cat /dev/fd/{file.fileno()}; env"]
        given = {"PATH": os.environ["PATH"], "A": "1"}
        seen = run(words, env=given, bare=True, descriptors=[file.fileno()]).stdout
        assert run(words, env=given, bare=True, check=False).stderr != ""
    assert seen.startswith("x")
    names = {line.partition("=")[0] for line in seen[1:].splitlines()}
    assert names <= {"PATH", "A", "PWD", "_", "SHLVL", "OLDPWD"}  # the shell's own among them


def test_a_failure_shows_command_and_last_lines_without_secrets() -> None:
    with pytest.raises(VesselError) as caught:
        run(["sh", "-c", "echo hunter2 was here; exit 3"], secrets=["hunter2"], what="logging in")
    text = str(caught.value)
    assert "VES-102: logging in failed with exit status 3" in text
    assert "<redacted> was here" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("argv", "cwd", "code"),
    [(["no-such-program-of-vessel"], None, "VES-101"), (["true"], Path("/no/such"), "VES-104")],
)
def test_what_is_missing_is_named(argv: list[str], cwd: Path | None, code: str) -> None:
    with pytest.raises(VesselError, match=code):
        run(argv, cwd=cwd)


def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    mark = tmp_path / "late"
    with pytest.raises(VesselError, match="VES-103"):
        run(["sh", "-c", f"(sleep 1; touch '{mark}') & sleep 30"], timeout=0.3)
    time.sleep(1.2)
    assert not mark.exists()


CALLER = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
run(["sh", "-c", sys.argv[2]], contained=sys.argv[3] == "contained")
"""


@pytest.mark.parametrize(
    ("how", "script"),
    [
        ("alone", "touch ready; sleep 1.5; touch late"),
        ("contained", "touch ready; (sleep 1.5; touch late) & wait"),
    ],
)
def test_a_killed_caller_takes_its_children_along(
    root: Path, tmp_path: Path, how: str, script: str
) -> None:
    if how == "contained" and os.geteuid() != 0:
        pytest.skip("a PID namespace needs root")  # without one, grandchildren may end later
    words = [sys.executable, "-c", CALLER, str(root / "collections"), script, how]
    with subprocess.Popen(words, cwd=tmp_path) as caller:
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        caller.kill()
    time.sleep(2)
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize("status", [1, 2, 127])
def test_any_other_status_than_0_is_a_failure(status: int) -> None:
    words = ["sh", "-c", f"exit {status}"]
    with pytest.raises(VesselError, match=f"VES-102: sh failed with exit status {status}"):
        run(words)
    assert run(words, check=False).status == status


def test_programs_have_one_locale_and_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_TIME", "LC_NUMERIC", "LANGUAGE", "LANG", "TZ"):
        monkeypatch.setenv(name, "de_DE")
    said = dict(line.partition("=")[::2] for line in run(["env"]).stdout.splitlines())
    kept = {name: said.get(name) for name in ("LC_ALL", "LANG", "TZ")}
    assert kept == {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}
    assert not said.keys() & {"LC_TIME", "LC_NUMERIC", "LANGUAGE"}
