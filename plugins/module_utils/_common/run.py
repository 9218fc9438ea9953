"""The one way Vessel starts a program."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .errors import VesselError
from .redact import redacted

TAIL_LINES = 20


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished program left: exit status and its decoded output."""

    status: int
    stdout: str
    stderr: str


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The host's environment with a fixed locale and time zone, plus `extra`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k != "LANGUAGE"}
    return {**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **(extra or {})}


def mortal(words: Sequence[str], *, contained: bool = False) -> list[str]:
    """The command line that runs `words` and dies with the thread that started it.

    `contained` gives it a PID namespace of its own, so that all it started dies with it, too. That
    needs root; without, its own children may outlive it by as long as their work takes.
    """
    line = ["setpriv", "--pdeathsig", "KILL", "--"]
    if contained and os.geteuid() == 0:
        line += ["unshare", "--pid", "--fork", "--kill-child", "--"]
    return [*line, *words]


def run(  # noqa: PLR0913 - each is a distinct property of one child process
    argv: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes | IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    timeout: float = 600,
    check: bool = True,
    contained: bool = False,
    bare: bool = False,
    descriptors: Sequence[int] = (),
    secrets: Sequence[str] = (),
    what: str = "",
) -> Result:
    """Run `argv` and wait, at most `timeout` seconds.

    `env` is added to the host's environment (locale and time zone are fixed); a `bare` child gets
    nothing else. `stdin` is bytes or an open file; without it the child reads nothing. Output is
    captured unless `stdout` is a file. Of this process' open files it inherits `descriptors`.
    The child dies with this process, and with `contained` so do its own children (`mortal`).
    `what` names the work in the error. `secrets` are blanked in errors, besides what `redacted`
    knows by itself.

    Raises VES-101 when the program is missing, VES-104 when `cwd` is, VES-102 when it fails and
    `check` is set, and VES-103 on a timeout; its whole process group is killed then.
    """
    words = [os.fspath(word) for word in argv]
    environment = dict(env or {}) if bare else clean_environment(env)
    _require(words[0], environment, cwd)
    try:
        child = subprocess.Popen(
            mortal(words, contained=contained),
            env=environment,
            cwd=cwd,
            stdin=_stdin(stdin),
            stdout=stdout if stdout is not None else subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise _missing("setpriv or unshare (util-linux)") from error
    try:
        given = stdin if isinstance(stdin, bytes) else None
        out, err = child.communicate(given, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        _kill_group(child)
        raise _late(timeout, words, secrets, what) from error
    except BaseException:
        _kill_group(child)
        raise
    result = Result(child.returncode, _text(out), _text(err))
    if check and result.status != 0:
        raise _failed(result, words, secrets, what)
    return result


def _text(data: bytes | None) -> str:
    return (data or b"").decode(errors="replace")


def _failed(result: Result, words: Sequence[str], secrets: Sequence[str], what: str) -> VesselError:
    return VesselError.of(
        "VES-102",
        f"{what or words[0]} failed with exit status {result.status}",
        f"{_shown(words, secrets)}\n{tail(result, secrets)}",
    )


def _late(timeout: float, words: Sequence[str], secrets: Sequence[str], what: str) -> VesselError:
    return VesselError.of(
        "VES-103",
        f"{what or words[0]} did not end within {timeout:g} s",
        "Run it again when the host has less to do; finished stages are kept.\n"
        + _shown(words, secrets),
    )


def _require(program: str, environment: Mapping[str, str], cwd: Path | None) -> None:
    if cwd is not None and not cwd.is_dir():
        raise VesselError.of(
            "VES-104",
            f"there is no directory {cwd}",
            "Run the build again, and let nothing else remove files of the cache or the clone.",
        )
    place = Path(cwd or "") / program if "/" in program else program
    if not shutil.which(place, path=environment.get("PATH")):
        raise _missing(program)


def _missing(program: str) -> VesselError:
    return VesselError.of(
        "VES-101", f"{program} is not installed", "Run `make setup`, which installs it."
    )


def tail(result: Result, secrets: Sequence[str] = ()) -> str:
    """The last lines of a program's output, for an error message; secrets are blanked."""
    text = redacted(f"{result.stdout}\n{result.stderr}", secrets)
    return "\n".join([line for line in text.splitlines() if line.strip()][-TAIL_LINES:])


def _stdin(stdin: bytes | IO[bytes] | None) -> int | IO[bytes]:
    if stdin is None:
        return subprocess.DEVNULL
    return subprocess.PIPE if isinstance(stdin, bytes) else stdin


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _shown(words: Sequence[str], secrets: Sequence[str]) -> str:
    line = redacted(shlex.join(words), secrets)
    return line if len(line) <= 400 else line[:400] + " …"
