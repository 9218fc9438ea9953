"""Writes `docs/errors.md` from the registry of error codes. No stage imports this room, so a better
text makes no image anew.

    PYTHONPATH=collections python -m \\
        ansible_collections.vessel.image.plugins.module_utils._codes.document docs/errors.md
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from .._common.files import write_text
from .._common.markdown import wrapped
from .code import Code
from .disk import DISK, EXPORT
from .host import HOST
from .importer import IMPORTER
from .lock import LOCK
from .proof import PROOF
from .release import RELEASE
from .spec import SPEC
from .start import START
from .store import STORE
from .tree import TREE

CHAPTERS: Mapping[str, Mapping[str, Code]] = {
    "The host and the cache": HOST,
    "The spec": SPEC,
    "The lock": LOCK,
    "The store": STORE,
    "The tree": TREE,
    "The disk": DISK,
    "The export": EXPORT,
    "The proof": PROOF,
    "Coming from image-builder": IMPORTER,
    "Release metadata": RELEASE,
    "Packer, Ansible and the sandbox": START,
}
CODES = {code: text for chapter in CHAPTERS.values() for code, text in chapter.items()}

_HEAD = """\
<!-- Made from plugins/module_utils/_codes/; document.py there says how. -->
# Error codes

An error of Vessel has a code, says what is wrong, and in the next line what to do:

    specs/my.yml:5:12: VES-209: `kubernetes.version` must be text, but is the number 1.36
        Write all three numbers in quotes, such as "1.36.3".

The last line of a run names the codes that it met. A place is `file:line:column`. A code keeps its
meaning for good, so it can be searched for and linked to, as in `docs/errors.md#ves-209`. Report a
failure that has no code.
"""


def document() -> str:
    """The text of `docs/errors.md`."""
    lines = [_HEAD]
    for title, codes in CHAPTERS.items():
        lines += [f"## {title}", ""]
        for code, text in codes.items():
            lines += [f"### {code}", "", wrapped(f"**{text.title}.** {text.meaning}"), ""]
            lines += [wrapped(f"*What to do:* {text.remedy}"), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), document())
