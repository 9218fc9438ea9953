"""What the user brings by `customize`: into the lock, and into the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .._common.progress import report
from .._lock.beside import locked
from .._lock.debian import Repository, repository_archive
from .._plan.plan import Plan
from .._spec.model import Spec
from .._store.fetch import fetch, shown
from .tools import the_store


def repositories(spec: Spec, directory: Path) -> list[Repository]:
    """The spec's package repositories; their keys lie in `directory`."""
    return [
        Repository(each["name"], each["uri"], each["suites"], each["components"],
                   directory / each["key"])
        for each in spec.customize["repositories"]
    ]  # fmt: skip


def repository_roots(plan: Plan) -> dict[str, str]:
    """Archive, as the lock's packages name it -> root URI."""
    return {
        repository_archive(each["name"]): each["uri"].rstrip("/") + "/"
        for each in plan.spec["customize"]["repositories"]
    }


def measured(wanted: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the spec wants by URL and digest, fetched and verified, with sizes in bytes."""
    found = []
    for each in wanted:
        report(f"lock: fetching {shown(each['url'])}")
        blob = fetch(each["url"], the_store(), each["sha256"])
        found.append({**each, "size": blob.stat().st_size})
    return found


def own_digests(plan: Plan) -> list[str]:
    """The digests of all that the user brings besides packages."""
    return [part["sha256"] for part in _parts(plan)]


def own_lacking(plan: Plan) -> list[Mapping[str, Any]]:
    """What of it the store lacks; each has `sha256` and `size` in bytes."""
    return [part for part in _parts(plan) if not the_store().path(part["sha256"])]


def bring(plan: Plan) -> None:
    """Put what lies beside the spec, and what it has by URL, into the store.

    Raises VES-402 for a file that changed since it was locked.
    """
    store, directory = the_store(), Path(plan.spec_file).parent
    for source, entry in _entries(plan):
        if not store.path(entry["sha256"]):
            path = directory / source / entry["path"] if entry["path"] else directory / source
            store.add_file(path, entry["sha256"])
    for each in _fetched(plan):
        fetch(each["url"], store, each["sha256"], each["size"])


def _parts(plan: Plan) -> list[Mapping[str, Any]]:
    return [*(entry for _, entry in _entries(plan)), *_fetched(plan)]


def _fetched(plan: Plan) -> list[Mapping[str, Any]]:
    return [*plan.lock.get("executables", ()), *plan.lock.get("shims", ())]


def _entries(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each locked file beside the spec, with the source that it belongs to."""
    for source, entries in locked(plan.lock).items():
        for entry in entries:
            yield source, entry
