"""Live lines from inside a long module to whoever watches.

Ansible shows a module's output only when it has ended. So the callback `vessel.image.progress`
names a file in `VESSEL_PROGRESS` and shows each line appended to it at once; nested programs
inherit the name. Without a watcher, reports go nowhere: they are never needed for a result.
"""

from __future__ import annotations

import os
from pathlib import Path

from .redact import redacted

SHAPES_NO_RESULT = True  # see _plan/code.py
VARIABLE = "VESSEL_PROGRESS"


def report(text: str) -> None:
    """Append one line, secrets blanked; a single short append is not torn by other writers."""
    name = os.environ.get(VARIABLE)
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(redacted(text).replace("\n", " ") + "\n")
    except OSError:
        return  # the watcher has gone; the work goes on
