"""contents.json: what is in the root file system, as the disk was made of it."""

from __future__ import annotations

from ..._common.files import link_or_copy
from ..._disk.contents import CONTENTS
from ..._plan.stage import Kind, Work
from ..paper import Paper


def make(work: Work) -> None:
    """The list that lies beside the disk."""
    link_or_copy(work.inputs["disk"] / CONTENTS, work.place / CONTENTS)


KIND = Paper(Kind("contents", "list what is in the root file system", make), ("disk",))
