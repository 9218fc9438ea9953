"""The signed indices of suites: what a lock keeps of them, and that they never go back.

An archive that was validly signed a year ago still is. Where a suite says until when it is valid,
apt refuses it afterwards; Debian's main one, and many others, do not. So the dates in the lock are
the measure: whoever serves an older state than that would put packages back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from .._common.errors import Problem, VesselError

Suite = Mapping[str, Any]  # see shape.Suite
FIELD = re.compile(r"^([A-Z][A-Za-z0-9-]*):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)


def read_suite(path: Path, archive: str = "") -> dict[str, Any]:
    """The suite of a Release or InRelease file that apt has verified; `archive` names it where it
    is the spec's own.

    Format: https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files. Raises VES-302
    when it has no date.
    """
    data = path.read_bytes()
    # Debian's are UTF-8; what others say of themselves is for people only.
    fields: dict[str, str] = dict(FIELD.findall(data.decode("utf-8", "replace")))
    found = {
        "suite": _plain(fields.get("Codename", fields.get("Suite", ""))),
        "components": [_plain(each) for each in fields.get("Components", "").split()],
        "origin": _plain(fields.get("Label", fields.get("Origin", ""))),
        "date": fields.get("Date", ""),
        "sha256": hashlib.sha256(data).hexdigest(),
        **({"archive": archive} if archive else {}),
    }
    if when(found) is None:
        raise VesselError.of(
            "VES-302",
            f"{_named(found)} does not say of when it is",
            "Its index must have a field `Date`, as `apt-ftparchive release` writes it.",
        )
    return found


def when(suite: Suite) -> datetime | None:
    """The date of a suite's index; None when it is none."""
    try:
        found = parsedate_to_datetime(suite["date"].replace("UTC", "+0000"))
    except (ValueError, TypeError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)


def epoch(suite: Suite) -> int:
    """The date of a suite that was read, in seconds since 1970."""
    found = when(suite)
    return int(found.timestamp()) if found else 0


def demand_not_older(locked: Sequence[Suite], found: Sequence[Suite]) -> None:
    """Raises VES-327 for each suite of `found` that is older than it was when it was `locked`."""
    problems = [
        Problem(
            "VES-327",
            f"{_named(new)} is of {new['date']}, and the lock of {old['date']}",
            "Its packages would go back. Try again later, or another mirror: one may lag behind."
            " If you want the older ones, say `-e allow_older=true`.",
        )
        for old, new in _pairs(locked, found)
        if (had := when(old)) and (has := when(new)) and has < had
    ]
    if problems:
        raise VesselError(*problems)


def _pairs(locked: Sequence[Suite], found: Sequence[Suite]) -> Iterator[tuple[Suite, Suite]]:
    """Each suite with what the lock says of it. A repository of the spec's is known by its name
    there, as what it calls itself may change; locks of earlier versions have no such name."""
    for old in locked:
        key = "archive" if "archive" in old else "origin"
        same = [new for new in found if (new.get(key), new["suite"]) == (old[key], old["suite"])]
        debians = [new for new in same if "archive" not in new]
        yield from ((old, new) for new in debians or same)


def _named(suite: Suite) -> str:
    name = suite["suite"] or "its only suite"
    return f"the {suite.get('archive') or suite['origin'] or 'archive'}, {name},"


def _plain(text: str) -> str:
    """Without what no line of text holds."""
    return "".join(each if each.isprintable() else "?" for each in text)
