"""python-packer 0.1.2, mended where it is broken, with output as it happens.

Taken from upstream as it is: the constructor's checks, `version()` and `fix()`. Replaced here,
because upstream refuses directories of HCL2, sends `-parallel=true` (which `packer build` rejects),
crashes in `inspect()` and in a failed `validate()`, and puts variables on the command line, where
every user of the host can read them. Each defect has a test that turns red when upstream mends it
(tests/integration/_packer/test_upstream_defects.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import packer as upstream
import sh

from .._common.errors import VesselError
from .._common.family import end
from .._common.places import cache_root, open_cache
from .._common.redact import REDACTED, redacted
from .._common.run import clean_environment, mortal
from .._common.scratch import scratch
from .rows import Row, last_lines, parse

DEFAULT_TIMEOUT = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run of Packer left: exit status and all its rows, secrets blanked."""

    status: int
    rows: tuple[Row, ...]

    @property
    def succeeded(self) -> bool:
        return self.status == 0

    @property
    def shown(self) -> str:
        """All that it showed, without its own chatter."""
        return last_lines(list(self.rows), count=0)

    @property
    def tail(self) -> str:
        """The last lines of that, for an error message."""
        return last_lines(list(self.rows))


class Packer(upstream.Packer):  # type: ignore[misc]
    """One template, a file or a directory of HCL2, and what to hand to it.

    `variables` and `secrets` both become template variables through a file only the user can read;
    the values of `secrets` are blanked in everything Packer prints. `on_row` sees each row as it
    comes. Raises VES-901 when Packer is missing and VES-903 when the template is.
    """

    def __init__(  # noqa: PLR0913 - one keyword per thing that Packer can be handed
        self,
        template: Path,
        *,
        variables: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        only: Sequence[str] = (),
        executable: str = "packer",
        on_row: Callable[[Row], None] | None = None,
    ) -> None:
        try:
            super().__init__(_some_file(template), only=list(only), exec_path=executable)
        except sh.CommandNotFound as error:
            raise VesselError.of(
                "VES-901",
                f"{executable} is not installed",
                "Install Packer 1.6.6 or newer (Debian: `apt-get install packer`).",
            ) from error
        self.packerfile = str(template)
        self.executable = executable
        self.variables = {**(variables or {}), **(secrets or {})}
        self.secrets = [value for value in (secrets or {}).values() if value]
        self.on_row = on_row or (lambda row: None)

    def build(self, *, force: bool = False, timeout: float = DEFAULT_TIMEOUT) -> Outcome:
        """Run `packer build`. Raises VES-904 after `timeout` seconds; a failure is an outcome."""
        options = ["-force"] if force else []
        return self._with_variables("build", [*options, "-machine-readable"], timeout)

    def validate(self, *, syntax_only: bool = False, timeout: float = 600) -> Outcome:
        """Run `packer validate`. An invalid template is an outcome, not an exception."""
        options = ["-syntax-only"] if syntax_only else []
        return self._with_variables("validate", [*options, "-machine-readable"], timeout)

    def inspect(self, *, timeout: float = 600) -> Outcome:
        """Run `packer inspect`: the variables with their defaults, and what is built.

        Not machine-readable: 1.6.6 then prints the defaults of sensitive variables.
        """
        return self._drive(["inspect", self.packerfile], timeout)

    def _with_variables(self, command: str, options: list[str], timeout: float) -> Outcome:
        only = [f"-only={','.join(self.only)}"] if self.only else []
        open_cache()
        with scratch("packer") as place:  # made with mode 0700
            file = place / "handed.pkrvars.json"
            file.touch(0o600)
            file.write_text(json.dumps(self.variables))
            words = [command, *options, *only, f"-var-file={file}", self.packerfile]
            return self._drive(words, timeout)

    def _drive(self, words: list[str], timeout: float) -> Outcome:
        child = subprocess.Popen(
            mortal([self.executable, *words]),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        late = threading.Event()
        rows: list[Row] = []
        with _ended(child), _alarm(child, timeout, late):
            assert child.stdout is not None
            for line in child.stdout:
                row = self._row(line)
                rows.append(row)
                self.on_row(row)
            status = child.wait()
        if late.is_set():
            raise VesselError.of(
                "VES-904",
                f"packer {words[0]} did not end within {timeout:g} s and was stopped",
                f"Run it again: finished stages are kept. Its last lines:\n{last_lines(rows)}",
            )
        return Outcome(status, tuple(rows))

    def _row(self, line: str) -> Row:
        """Commas and line ends have another spelling in a line, so a secret is looked for in the
        fields; in the line as well, for what did not come from Packer."""
        for secret in self.secrets:
            line = line.replace(secret, REDACTED)
        row = parse(line)
        return replace(row, data=tuple(redacted(field, self.secrets) for field in row.data))


def _some_file(template: Path) -> str:
    """A file that upstream's constructor accepts: it knows no directories."""
    if template.is_file():
        return str(template)
    for pattern in ("*.pkr.hcl", "*.pkr.json"):
        for file in sorted(template.glob(pattern)):
            return str(file)
    raise VesselError.of(
        "VES-903",
        f"{template} is no Packer template",
        "Name a template file or a directory that holds *.pkr.hcl files.",
    )


def _environment() -> dict[str, str]:
    """No calls home, and no `packer_cache` directory wherever the user happens to stand."""
    cache = os.environ.get("PACKER_CACHE_DIR") or str(cache_root() / "packer")
    return clean_environment({"CHECKPOINT_DISABLE": "1", "PACKER_CACHE_DIR": cache})


@contextmanager
def _ended(child: subprocess.Popen[str]) -> Iterator[None]:
    """Leave no process of `child` behind, whatever ends the block; SIGTERM ends it, too.

    Ansible stops a module by SIGTERM, which by default would orphan Packer.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, stop) if main else None
    try:
        yield
    except BaseException:
        end(child)
        raise
    finally:
        if main:
            signal.signal(signal.SIGTERM, before)
        assert child.stdout is not None
        child.stdout.close()


@contextmanager
def _alarm(child: subprocess.Popen[str], seconds: float, late: threading.Event) -> Iterator[None]:
    def ring() -> None:
        late.set()
        end(child)

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
