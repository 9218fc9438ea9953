"""The matrix in docs/runtimes.md, rendered from what a proof found.

    python -m ansible_collections.vessel.image.plugins.module_utils._proof.matrix.page PAGE PROOF

Writes the part of PAGE between the two marks anew; ends with status 1 when it said otherwise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._common.files import write_text
from ..runtimes import RUNTIMES
from .limits import LIMIT
from .rows import COLUMNS, titles

BEGIN = "<!-- The matrix: what `molecule test -s runtimes` and `-s krustlet` found. -->"
END = "<!-- End of the matrix. -->"
REBOOT = "runs again after a reboot"


def render(checks: Iterable[Mapping[str, Any]]) -> str:
    """The table, and what its numbers mean. Raises KeyError for a cell that was not run.

    A column of which `checks` have nothing, as another scenario has it, is as its limits say.
    """
    found = {f"{check['boot']}/{check['name']}": check for check in checks}
    ran = {key.split(".")[1] for key in found if key.startswith("1/matrix.")}
    reasons: list[str] = []

    def shown(handler: str, key: str, cell: str) -> str:
        if handler in ran:
            check = found[key]
            if not check["passed"]:
                return "**fails**"
            reason = str(check["actual"])
        else:
            limit = RUNTIMES[handler].limits.get(cell)
            reason = f"{LIMIT}{limit.reason}" if limit else ""
        if not reason.startswith(LIMIT):
            return "yes"
        if reason not in reasons:
            reasons.append(reason)
        return f"no ({reasons.index(reason) + 1})"

    rows = [
        (title, [shown(each, f"1/matrix.{each}.{cell}", cell) for each in COLUMNS])
        for cell, title in titles().items()
    ]
    rows.append((REBOOT, [shown(each, f"2/wasm.{each}", "") for each in COLUMNS]))
    lines = [
        f"| | {' | '.join(f'`{handler}`' for handler in COLUMNS)} |",
        f"|---|{'---|' * len(COLUMNS)}",
        *(f"| {title} | {' | '.join(cells)} |" for title, cells in rows),
        "",
        *(
            f"{number}. {reason.removeprefix(LIMIT)}."
            for number, reason in enumerate(reasons, start=1)
        ),
    ]
    return "\n".join(lines)


def renewed(page: str, checks: Iterable[Mapping[str, Any]]) -> str:
    """`page` with the matrix of `checks` between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{render(checks)}\n\n{END}{after}"


def main(page: Path, proof: Path) -> int:
    """Bring `page` up to date; 1 when it was not."""
    text = page.read_text(encoding="utf-8")
    new = renewed(text, json.loads(proof.read_text(encoding="utf-8"))["checks"])
    if new == text:
        return 0
    write_text(page, new)
    print(f"{page} said otherwise than what was found: it is written anew, see `git diff`")
    return 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
