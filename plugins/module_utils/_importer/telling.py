"""Saying what an import did, in lines for people: what was mapped, and what was not, by reason."""

from __future__ import annotations

from collections.abc import Iterator

from .draft import Kind, Left
from .importing import Imported

# What nobody has to do anything about; said by number unless all is wanted.
_QUIET = (Kind.NOT_NEEDED, Kind.OTHER, Kind.EMPTY)


def lines(result: Imported, *, everything: bool) -> Iterator[str]:
    """The lines; of what asks for nothing only how many there are, unless `everything`."""
    for key, to in result.mapped:
        yield f"  {key} → {to}"
    for kind in Kind:
        of = [each for each in result.left if each.kind is kind]
        if not of:
            continue
        yield f"{kind}: {len(of)}"
        if everything or kind not in _QUIET:
            yield from _by_reason(of)
    for lack in result.lacks:
        yield from (f"the spec lacks: {lack}".splitlines())


def _by_reason(left: list[Left]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for each in left:
        reasons.setdefault(each.reason, []).append(f"{each.key} ({each.where})")
    for reason, keys in reasons.items():
        yield f"  {', '.join(keys)}: {reason}"
