"""Trees kept as layers, in the sandbox with the real overlayfs; and where there can be no layer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SANDBOX = ["unshare", "--mount", "--propagation=private", "--net"]
# Three stages: a parent, what changes in it, and what changes in that. Both changes are of the
# kinds that roles make: edited in place, replaced, removed, made anew, moved, other modes.
PROGRAM = """
import json, shutil, stat
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import merge
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from ansible_collections.vessel.image.plugins.module_utils._tree.mounts import mounted_below

ONE, TWO, THREE = "1" * 64, "2" * 64, "3" * 64

def seen(tree):
    return [[e.name, oct(e.mode), e.target, e.size, sorted(e.xattrs),
             e.source.read_text() if stat.S_ISREG(e.mode) else ""] for e in merge([tree])]

base = kept.place(ONE)
for name in ("etc/old", "usr/bin", "var"):
    (base / name).mkdir(parents=True)
base.chmod(0o711)
for name in ("etc/edited", "etc/replaced", "etc/removed", "etc/old/file", "usr/bin/program"):
    (base / name).write_text(name)
kept.settle(ONE)
before = seen(base)

tree = kept.open_tree(ONE, TWO)
with (tree / "etc/edited").open("a") as file:
    file.write(" twice")
(tree / "etc/new").write_text("other")
(tree / "etc/new").rename(tree / "etc/replaced")
(tree / "etc/removed").unlink()
shutil.move(tree / "etc/old", tree / "var/moved")
(tree / "usr/bin/program").chmod(0o4755)
kept.close(TWO)

try:
    with kept.making(THREE, over=TWO) as tree:
        (tree / "etc/edited").unlink()
        raise InterruptedError
except InterruptedError:
    assert not kept.is_kept(THREE)
    assert not list(kept.place(THREE).parent.iterdir())
    assert not mounted_below(kept.stages_root())
with kept.making(THREE, over=TWO) as tree:
    shutil.rmtree(tree / "var/moved")
    (tree / "var/moved").mkdir(mode=0o700)
    (tree / "link").symlink_to("etc/edited")

assert seen(base) == before
assert all(map(kept.is_kept, (ONE, TWO, THREE)))
with kept.whole(THREE) as tree:
    print(json.dumps({
        "layers": kept._layers(THREE),
        "tree": seen(tree),
        "own": sorted(p.name for p in kept.place(THREE).rglob("*") if p.is_file()),
        "left": [p.name for s in (ONE, TWO, THREE) for p in kept.place(s).parent.iterdir()],
    }))
"""
# What a container's own file system is: an overlay already.
CONTAINER = """
mkdir -p "$VESSEL_CACHE" ../lower ../upper ../work &&
mount -t overlay -o lowerdir=../lower,upperdir=../upper,workdir=../work c "$VESSEL_CACHE" &&
exec "$@"
"""


def run(root: Path, place: Path, *prefix: str) -> dict[str, Any]:
    place.mkdir()
    done = subprocess.run(
        [*SANDBOX, *prefix, sys.executable, "-c", PROGRAM],
        cwd=place,
        env={
            **os.environ,
            "PYTHONPATH": str(root / "collections"),
            "VESSEL_CACHE": str(place / "a cache: one, two"),
            "VESSEL_OUTSIDE": os.readlink("/proc/self/ns/mnt"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_layer_holds_what_changed_and_gives_the_tree_that_a_copy_gives(
    root: Path, tmp_path: Path
) -> None:
    layered = run(root, tmp_path / "layered")
    assert layered["layers"] == ["3" * 64, "2" * 64, "1" * 64]
    assert layered["own"] == []  # a directory, a link, and nothing of what lies below
    copied = run(root, tmp_path / "copied", "sh", "-c", CONTAINER, "sh")
    assert copied["layers"] == ["3" * 64]
    assert layered["tree"] == copied["tree"]
    names = {name: rest for name, *rest in layered["tree"]}
    assert names["etc/edited"][-1] == "etc/edited twice"
    assert names["etc/replaced"][-1] == "other"
    assert "etc/removed" not in names and "var/moved/file" not in names
    assert names["usr/bin/program"][0] == "0o104755"
    assert not {"open", "work"} & {*layered["left"], *copied["left"]}
