"""Check of the papers beside the image."""

from __future__ import annotations

import json

from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import IMAGE
from . import builder


@check("image.papers", IMAGE.at(50))
def papers(context: Context) -> Verdict:
    """Manifest, checksums and lock name nothing of the builder."""
    texts = {
        name: (context.exported.directory / name).read_text(encoding="utf-8")
        for name in ("manifest.json", "SHA256SUMS")
    }
    texts["the lock"] = json.dumps(context.lock.content if context.lock else {})
    names = [*builder.names(context.root), *builder.mirrors()]
    return none_of(
        "name of the builder",
        [f"{name} in {where}" for where, text in texts.items() for name in names if name in text],
    )
