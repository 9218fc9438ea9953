"""The node's contents: the roles of playbooks/node.yml, applied to the tree of its packages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.scratch import scratch
from .._common.space import space
from .._plan.blobs import Sources, source_blobs, source_options
from .._plan.sources import ansible_versions
from .._plan.stage import Kind, Stage, Work, stage
from .._tree.brought import check_places
from .._tree.customize import contents, held
from .._tree.play import play

PLAYBOOK = "playbooks/node.yml"
# What roles are run with: on the controller, and in the tree.
ROLE_CODE = (
    "plugins/connection/tree.py",
    "plugins/action/contents.py",
    "plugins/modules/contents.py",
)


def make(work: Work) -> None:
    """Apply the roles."""
    given = work.resolved(work.options["variables"])
    programs = sum(path.stat().st_size for path in _paths(given))
    with scratch("roles") as place, space(work.place, programs, "the node"):
        roles = {
            f"vessel_roles_{when}": [str(_lay_down(work, role, place)) for role in names]
            for when, names in work.options["roles"].items()
        }
        customized = brought(work)
        check_places(work.place, customized)
        variables = {**given, **roles, "vessel_customize": _used(customized)}
        play(work.root, PLAYBOOK, work.place, variables, work.options["epoch"])


KIND = Kind(
    "node",
    "lay down the node: roles of playbooks/node.yml",
    make,
    also=(PLAYBOOK, *ROLE_CODE),
    over="packages",
)


def node(  # noqa: PLR0913 - each is a distinct input of the stage
    root: Path,
    packages: Stage,
    *,
    variables: Mapping[str, Any],
    customize: Mapping[str, Any],
    sources: Sources,
    proxied: Sequence[str],
    epoch: int,
) -> Stage:
    """The tree of `packages` with what the roles lay down.

    `variables` are those of the play, with files that other stages make as `Made`; `customize` is
    the spec's part, `sources` what it names, `proxied` the services that its proxy is for.
    """
    plain = {key: each for key, each in customize.items() if key != "roles"}
    options = {
        "variables": variables,
        "customize": plain,
        "sources": source_options(sources),
        "proxied": list(proxied),
        "roles": customize["roles"],
        "epoch": epoch,
        "ansible": ansible_versions(),
    }
    blobs = source_blobs(sources)
    return stage(root, KIND, options=options, inputs={"packages": packages}, blobs=blobs)


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _paths(each)


def brought(work: Work) -> dict[str, Any]:
    """What stands behind the spec's `customize`, for this stage and for sealing."""
    said = work.options
    return contents(said["customize"], held(said["sources"], work.blobs), said["proxied"])


def _used(found: dict[str, Any]) -> dict[str, Any]:
    """Empty where it is: then the role is not applied."""
    units = found["units"].values()
    return found if any(found[key] for key in found if key != "units") or any(units) else {}


def _lay_down(work: Work, role: str, place: Path) -> Path:
    """The user's `role` as a directory below `place`, of its locked files."""
    for entry in held(work.options["sources"], work.blobs)[role]:
        target = place / role / entry["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(entry["src"], target)
        target.chmod(int(entry["mode"], 8))
    return place / role
