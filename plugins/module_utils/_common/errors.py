"""The one family of errors that Vessel raises on purpose.

Each error carries a stable code, what failed, why, and what to do about it; a module converts it
once into `fail_json`. Anything else that escapes is a bug and may show its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass

from .redact import redacted

SHAPES_NO_RESULT = True  # see _plan/code.py


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a user's file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: stable code, what and why, what to do, and where.

    Whatever it quotes is blanked where it is a secret, so that nobody who makes one has to think
    of it.
    """

    code: str
    what: str
    hint: str
    position: Position | None = None

    def __post_init__(self) -> None:
        for name in ("what", "hint"):
            object.__setattr__(self, name, redacted(getattr(self, name)))

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        return f"{where}{self.code}: {self.what}\n    {self.hint}"


class VesselError(Exception):
    """One or more problems that the user can act on."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, code: str, what: str, hint: str, position: Position | None = None) -> VesselError:
        """The common case: an error with a single problem."""
        return cls(Problem(code, what, hint, position))
