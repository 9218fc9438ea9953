"""One writer for each path of a machine: what a spec brings, against itself and against all others.

The others are the running machine's own file systems, sealing, preloading, the disk, and cloud-init
at the start. Where the spec's value sensibly wins nothing is told here; docs/customising.md states
the order: a file of the spec replaces one of a package or of a role, and sealing leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from .._common.errors import Position, Problem
from . import paths
from .beside import walk
from .brought import Brought, brought
from .customize import is_beside
from .loader import Document
from .schema import dotted

ROOT = Path(__file__).resolve().parents[3]
SEAL = ROOT / "roles/seal"
LISTS = ("files", "directories", "executables")


@dataclass(frozen=True, slots=True)
class Other:
    """Someone else who writes at `pattern` and below, or takes away what is there: the code of the
    error, who it is, and what a user does instead."""

    pattern: str
    code: str
    who: str
    hint: str


def problems_of_writers(document: Document, directory: Path) -> list[Problem]:
    """Paths of the spec that have two writers (VES-211, VES-214 to VES-216); its sources lie in
    `directory`."""
    content = document.content if isinstance(document.content, Mapping) else {}
    customize = content.get("customize")

    def holds(source: str) -> Iterator[tuple[str, bool]]:
        if is_beside(source):
            with suppress(OSError):  # the lock tells it (VES-306)
                for path, below in walk(directory / source):
                    yield below, path.is_dir() and not (below and path.is_symlink())

    found = list(brought(customize, holds))
    defaults = customize.get("cloud_init") if isinstance(customize, Mapping) else None
    return [
        *_repeated_names(document, customize),
        *_with_others(document, found, defaults if isinstance(defaults, Mapping) else {}),
        *_with_itself(document, found),
    ]


def other_writer(path: str, defaults: Mapping[str, Any] | None = None) -> Other | None:
    """Who else writes `path`, or keeps it to itself; None where a spec may. `defaults` are the
    spec's for cloud-init."""
    real = PurePosixPath(paths.without_links(path))
    for other in (*_machine(), *_image(), *_started(defaults or {})):
        if any(place.match(other.pattern) for place in (real, *real.parents)):
            return other
    return None


@cache
def _machine() -> tuple[Other, ...]:
    """What is one machine's own, or there only while it runs."""
    running = [
        Other(f"/{name}", "VES-216", "is a file system that every start makes anew",
              "Let a file in /etc/tmpfiles.d make it at each start.")
        for name, _, _ in paths.MOUNTS
    ]  # fmt: skip
    sealing = yaml.safe_load((SEAL / "vars/main.yml").read_text(encoding="utf-8"))
    identity = [
        Other(pattern, "VES-216", "belongs to one machine, and all that start from an image would "
              "share it: sealing removes it", "Let user data bring it, or the machine make it.")
        for pattern in sealing["seal_identity"]
    ]  # fmt: skip
    return (*running, *identity)


@cache
def _image() -> tuple[Other, ...]:
    """What Vessel writes after all that the spec brings."""
    overlay = SEAL / "templates/rootfs"
    sealed = [f"/{path.relative_to(overlay).as_posix().removesuffix('.j2')}"
              for path in sorted(overlay.rglob("*")) if path.is_file()]  # fmt: skip
    machine = "The machine says this by itself."
    hints = {
        "/etc/apt/sources.list": "Use `repositories`, or a file in /etc/apt/sources.list.d.",
        "/etc/apt/sources.list.d/vessel.sources": "Use `repositories`, or another name there.",
    }
    arguments = "Use `kernel_arguments`."
    return (
        *(Other(path, "VES-215", "is written when the image is sealed", hints.get(path, machine))
          for path in sealed),
        Other(f"/{paths.FSTAB}", "VES-215", "is written with the disk's own identifiers",
              "Use a .mount unit, or `mounts` of cloud-init."),
        Other(f"/{paths.GRUB_CONFIGURATION}", "VES-215", "is written with the disk", arguments),
        *(Other(path, "VES-215", "is read by no boot loader of the image", arguments)
          for path in ("/etc/default/grub", "/etc/default/grub.d", "/etc/grub.d",
                       "/etc/kernel/cmdline")),
        Other(f"/{paths.CONTAINERD_ROOT}", "VES-215", "is containerd's store, which is filled as a "
              "whole", "Use `images`."),
        Other(f"/{paths.PRELOADED_NAMES}", "VES-215", "is written with the preloaded images",
              "Use `images`."),
    )  # fmt: skip


def _started(defaults: Mapping[str, Any]) -> Iterator[Other]:
    """What cloud-init writes at the first start, from values that Vessel or the spec give it."""
    start = "is written by cloud-init at the first start"
    if defaults.get("locale") is not False:
        hint = "Say `cloud_init: {locale: …}`, or `locale: false` to keep a file of yours."
        yield Other("/etc/default/locale", "VES-215", start, hint)
    hint = "Say `cloud_init: {ssh_pwauth: …}`, or take a name that sorts before it."
    yield Other("/etc/ssh/sshd_config.d/50-cloud-init.conf", "VES-215", start, hint)
    for path in ("/etc/netplan/50-cloud-init.yaml", "/etc/sudoers.d/90-cloud-init-users"):
        yield Other(path, "VES-215", start, "Take another name in that directory.")


def _with_others(
    document: Document, found: list[Brought], defaults: Mapping[str, Any]
) -> Iterator[Problem]:
    told = set()
    for each in found:
        if each.steps[0] == "cloud_init" and len(each.steps) > 1:
            continue  # written when the machine starts, after all others
        other = other_writer(each.path, defaults)
        if other and (each.steps, other) not in told:
            told.add((each.steps, other))
            what = f"{_name(each)} lays down {each.path}, which {other.who}"
            yield Problem(other.code, what, other.hint, _place(document, each))


def _with_itself(document: Document, found: list[Brought]) -> Iterator[Problem]:
    """Two keys that write one path, and a file where another key needs a directory."""
    first: dict[str, Brought] = {}
    above: dict[str, Brought] = {}  # directories that something lies in
    for each in sorted(found, key=lambda each: _order(document, each)):
        path = paths.without_links(each.path)
        before = first.setdefault(path, each)
        if before is not each and _clash(before, each):
            yield _twice(document, before, each)
        for parent in PurePosixPath(path).parents:
            above.setdefault(str(parent), each)
    for path, each in first.items():
        below = above.get(path)
        if below and not each.is_directory:
            what = f"{_name(each)} makes a file of {each.path}, but {_name(below)} in line"
            what = f"{what} {_place(document, below).line} lays down {below.path}"
            yield Problem("VES-214", what, "Give one of them another path.", _place(document, each))


def _clash(one: Brought, two: Brought) -> bool:
    if one.is_directory and two.is_directory:
        # Of a source, it is where the rest lies.
        return one.steps[-1] == two.steps[-1] == "path"
    # Repositories of one name are told as such.
    return one.steps != two.steps and {one.steps[0], two.steps[0]} != {"repositories"}


def _twice(document: Document, one: Brought, two: Brought) -> Problem:
    where, line = _place(document, two), _place(document, one).line
    if all(each.steps[0] in LISTS and each.steps[-1] == "path" for each in (one, two)):
        what = f"`customize` lays down {two.path} twice, first in line {line}"
        return Problem("VES-211", what, "Keep one of them.", where)
    what = f"{_name(two)} writes {two.path}, which {_name(one)} in line {line} writes, too"
    return Problem("VES-214", what, "Keep one of them, with all that is wanted.", where)


def _repeated_names(document: Document, customize: Any) -> Iterator[Problem]:
    """Repositories and images of one name: the second would take the place of the first."""
    for key in ("repositories", "images"):
        items = customize.get(key) if isinstance(customize, Mapping) else None
        first: dict[str, int] = {}
        for index, item in enumerate(items if isinstance(items, list) else ()):
            name = item.get("name") if isinstance(item, Mapping) else None
            if not isinstance(name, str):
                continue
            where = document.places["customize", key, index, "name"].value
            if name in first:
                what = f"`customize.{key}` has the name {name} twice, first in line {first[name]}"
                yield Problem("VES-211", what, "Give one of them another name.", where)
            first.setdefault(name, where.line)


def _name(each: Brought) -> str:
    return f"`{dotted(('customize', *each.steps))}`"


def _place(document: Document, each: Brought) -> Position:
    place = document.places["customize", *each.steps]
    return place.key if len(each.steps) == 1 else place.value


def _order(document: Document, each: Brought) -> tuple[int, int]:
    place = _place(document, each)
    return place.line, place.column
