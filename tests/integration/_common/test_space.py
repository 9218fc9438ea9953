"""A file system that is really full, by our own writing and by a program's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.files import atomic_file
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._common.space import space

def ours(place):
    with atomic_file(place / "file") as file:
        for _ in range(20):
            file.write(bytes(1_000_000))

def a_program(place):
    run(["dd", "if=/dev/zero", "of=" + str(place / "file"), "bs=1M", "count=20"], what="writing")

place = Path(sys.argv[2])
(place / "file").write_text("old")
try:
    with space(place, 0, "the file"):
        {"ours": ours, "a program": a_program}[sys.argv[3]](place)
except VesselError as error:
    print(error)
print(sorted(path.name for path in place.iterdir()), (place / "file").read_bytes()[:3])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
@pytest.mark.parametrize("who", ["ours", "a program"])
def test_the_end_of_the_space_has_a_name(root: Path, tmp_path: Path, who: str) -> None:
    mount = f"mount -t tmpfs -o size=8m tmpfs '{tmp_path}' && exec \"$@\""
    python = [sys.executable, "-c", FILL, str(root / "collections"), str(tmp_path), who]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *python],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "VES-108: no space: the file needs" in done.stdout
    assert f"has 0 MB at {tmp_path}" in done.stdout or who == "ours"
    if who == "ours":
        assert done.stdout.endswith("['file'] b'old'\n")
