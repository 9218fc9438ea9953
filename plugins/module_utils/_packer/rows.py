"""Rows of `packer -machine-readable`: `timestamp,target,type,data...`.

Format: https://developer.hashicorp.com/packer/docs/commands#machine-readable-output. Commas inside
a field are written `%!(PACKER_COMMA)`, line ends as the two characters `\\n` (or `\\r`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMA = "%!(PACKER_COMMA)"
TEXT = "text"
_LABEL = re.compile(r"^(?:==> |--> | {4})[\w.-]+: ")
_WARNING = "Warning: "
_NOISE = (
    "Running local shell script:",
    "Wait completed after",
    "Builds finished",
    "Some builds didn't complete successfully",
    "Provisioning step had errors",
    "Did not export anything",
    "Script exited with non-zero exit status",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `target` is the build's name or empty, `kind` its type, such as `ui` or `error`."""

    timestamp: int
    target: str
    kind: str
    data: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a person should read: the last field without Packer's label and outer blanks."""
        lines = (self.data[-1] if self.data else "").strip("\n").splitlines()
        return "\n".join(_LABEL.sub("", line) for line in lines).rstrip()

    @property
    def is_output(self) -> bool:
        """Whether Packer meant it for the screen."""
        return self.kind in ("ui", TEXT)


def parse(line: str) -> Row:
    """One line of output as a row; a line that is no row becomes one of kind `text`."""
    fields = line.rstrip("\r\n").split(",")
    if len(fields) < 3 or not fields[0].isdigit():
        return Row(0, "", TEXT, (line.rstrip("\r\n"),))
    return Row(int(fields[0]), fields[1], fields[2], tuple(_decoded(field) for field in fields[3:]))


def headline(row: Row) -> str:
    """A line for the progress display, or nothing: what Packer says, not what its steps print."""
    if row.kind != "ui" or row.data[:1] != ("say",):
        return ""
    return "" if not row.text or _is_chatter(row.text) else row.text.splitlines()[0].strip()


def last_lines(rows: list[Row], count: int = 25) -> str:
    """The end of what was on the screen, without Packer's own chatter; a `count` of 0 is all."""
    lines: list[str] = []
    for row in rows:
        if row.is_output and not _is_chatter(row.text):
            lines += [line for line in row.text.splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def warnings(rows: list[Row]) -> list[str]:
    """Packer's warnings, each as one paragraph; it prints them and goes on."""
    texts = (row.text for row in rows if row.is_output)
    found = [text.removeprefix(_WARNING) for text in texts if text.startswith(_WARNING)]
    return list(dict.fromkeys(" ".join(text.split()) for text in found))


def _is_chatter(text: str) -> bool:
    """Packer's own remarks about its steps, and the warnings, which are shown as such."""
    return text.startswith(_WARNING) or any(noise in text for noise in _NOISE)


def _decoded(field: str) -> str:
    return field.replace(COMMA, ",").replace("\\n", "\n").replace("\\r", "\r")
