"""The disk as it is, a sparse file."""

from __future__ import annotations

from ..._common.files import link_or_copy
from ..._plan.stage import Kind, Work
from ..format import Format, opened_by, source, target


def make(work: Work) -> None:
    """The very file: nobody writes into results."""
    link_or_copy(source(work), target(work))


KIND = Format(Kind("raw", "give the disk its name", make), opened=opened_by("raw"))
