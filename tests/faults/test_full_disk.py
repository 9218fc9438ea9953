"""A full disk in each room of the flow: told by its name and place; the old output stays whole."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from faults.builds import SPEC, Site

# $1 megabytes of tmpfs at $2, with links to (`store`) or copies of (`output`) what lies in $3.
SMALL = """
set -eu
size=$1 place=$2 seed=$3; shift 3
mount -t tmpfs -o "size=${size}m" tmpfs "$place"
case $place in
*/output) cp --archive "$seed/." "$place";;
*)
  mkdir "$place/stages"
  for name in "$seed"/stages/*; do ln -s "$name" "$place/stages"; done
  [ ! -e "$seed/store" ] || ln -s "$seed/store" "$place";;
esac
exec "$@"
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, locked: Path) -> Site:
    """An image, and the results of its stages."""
    from faults.builds import copy_project, fill_cache  # noqa: PLC0415

    place = tmp_path_factory.mktemp("built")
    copy_project(place / "clone", locked)
    site = Site(place / "clone", fill_cache(place / "cache", locked))
    site.build()
    return site


@pytest.fixture
def stale(built: Site, site: Callable[..., Site], tmp_path: Path) -> Site:
    """A clone with that image, and a role that has changed since; its cache is an empty directory
    for tests to mount something small on."""
    (tmp_path / "small").mkdir()
    clone = site("clone", cache=tmp_path / "small")
    shutil.copytree(built.output.parent, clone.output.parent)
    with (clone.clone / "roles/base/tasks/main.yml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    return clone


def small(site: Site, megabytes: int, place: Path, seed: Path) -> Site:
    words = ("unshare", "--mount", "sh", "-c", SMALL, "sh", str(megabytes), str(place), str(seed))
    return replace(site, prefix=words)


@pytest.mark.parametrize(
    ("room", "megabytes", "kept", "what"),
    [
        ("lock", 100, (), "resolving the spec needs 2500 MB, has 10"),
        ("store", 100, ("tools",), "filling the store needs "),
        ("tree", 100, ("tools", "store", "preload"), "installing the packages needs "),
        ("tree", 200, ("tools", "store", "preload", "packages"), "the node needs "),
    ],
)
def test_a_full_cache(
    stale: Site, built: Site, tmp_path: Path, room: str, megabytes: int, kept: tuple[str, ...],
    what: str,
) -> None:  # fmt: skip
    seed = tmp_path / "seed"
    (seed / "stages").mkdir(parents=True)
    if "store" in kept:
        (seed / "store").symlink_to(built.cache / "store")
    for stage in stale.plan().stages:
        if stage.name in kept or ("store" in kept and stage.kind.online):
            (seed / "stages" / stage.id).symlink_to(built.cache / "stages" / stage.id)
    if room == "lock":
        (stale.clone / SPEC).with_suffix(".lock.yml").unlink()
    fails(small(stale, megabytes, stale.cache, seed), what, str(stale.cache), built)


@pytest.mark.parametrize(("megabytes", "what"), [(300, "preloading the images"), (900, "the disk")])
def test_no_room_for_preload_or_disk(
    stale: Site, built: Site, tmp_path: Path, megabytes: int, what: str
) -> None:
    """The stages before are kept; the same role change, built with room, has left them."""
    seed = tmp_path / "seed"
    (seed / "stages").mkdir(parents=True)
    roomy = replace(stale, cache=built.cache)
    roomy.build()
    shutil.rmtree(stale.output)
    shutil.copytree(built.output, stale.output)
    plan = stale.plan()
    missing = {"the disk": ("disk",), "preloading the images": ("preload", "disk")}[what]
    for stage in plan.stages:
        if stage.name not in missing and stage not in plan.goals:
            (seed / "stages" / stage.id).symlink_to(built.cache / "stages" / stage.id)
    (seed / "store").symlink_to(built.cache / "store")
    fails(small(stale, megabytes, stale.cache, seed), f"{what} needs ", str(stale.cache), built)


def test_no_room_for_the_image(stale: Site, built: Site, tmp_path: Path) -> None:
    seed = tmp_path / "old output"
    shutil.copytree(stale.output.parent, seed)
    site = small(replace(stale, cache=built.cache), 600, stale.output.parent, seed)
    # The mount is the build's own, so what it has left there is looked at inside.
    check = 'status=0; "$@" || status=$?; cd output/wasm-node; sha256sum --check SHA256SUMS; '
    check += "ls -A; exit $status"
    status, said = replace(site, prefix=(*site.prefix, "sh", "-c", check, "sh")).try_build()
    assert status != 0
    assert "VES-108: no space: the image needs " in said
    assert said.count(": OK\n") == 3  # the image and both papers
    assert ".part" not in said.rpartition(": OK\n")[2]


def fails(site: Site, what: str, where: str, built: Site) -> None:
    status, said = site.try_build()
    assert status != 0, said
    assert f"VES-108: no space: {what}" in said
    assert f" at {where}" in said
    assert "Traceback" not in said
    assert site.digests() == built.digests()
    assert subprocess.run(["mountpoint", "-q", site.cache], check=False).returncode != 0
