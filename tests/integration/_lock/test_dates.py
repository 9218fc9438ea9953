"""An archive of an earlier date is validly signed, and refused all the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._flow.locking import ensure_lock
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._lock.lockfile import lock_path
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from integration._lock.archives import BASE, SUITE, Archives, ago, archives
from unit.locked import SUITE as SUITE_OF_LOCK
from unit.locked import answering, write


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    with archives(tmp_path_factory.mktemp("archives")) as found:
        yield found


def resolve(served: Archives, *own: str, newer_than: Any = ()) -> dict[str, Any]:
    return debian.resolve(
        ["tool", *(f"{name}-tool" for name in own)],
        ["tool"],
        distribution=served.distribution,
        release=SUITE,
        mirrors={"debian": f"{served.address}/debian/"},
        repositories=[served.repository(name) for name in own],
        newer_than=newer_than,
    )


def publish(served: Archives, name: str, days: float, version: str = "1.0", **more: str) -> None:
    packages = BASE if name == "debian" else {f"{name}-tool": ""}
    served.publish(name, packages, version=version, date=ago(days), **more)


def test_an_older_archive_is_refused(served: Archives) -> None:
    publish(served, "debian", 1, "2.0")
    locked = resolve(served)
    assert {package["version"] for package in locked["node"]} == {"2.0"}
    assert resolve(served, newer_than=locked["suites"]) == locked
    publish(served, "debian", 9, "1.0")
    with pytest.raises(
        VesselError, match=r"VES-327: the debian, trixie, is of .*, and the lock of"
    ):
        resolve(served, newer_than=locked["suites"])
    assert {package["version"] for package in resolve(served)["node"]} == {"1.0"}  # on purpose
    publish(served, "debian", 0.5, "3.0")
    assert resolve(served, newer_than=locked["suites"])["suites"] != locked["suites"]


def test_a_repository_that_went_back_is_known_by_its_name_in_the_spec(served: Archives) -> None:
    publish(served, "debian", 1)
    publish(served, "own", 1)
    publish(served, "more", 2)
    locked = resolve(served, "own", "more")
    assert [each.get("archive") for each in locked["suites"]] == [
        None, "repository more", "repository own"]  # fmt: skip
    # It says of itself whatever it likes.
    publish(served, "own", 9, label="Another")
    with pytest.raises(VesselError, match="VES-327: the repository own, trixie, is of"):
        resolve(served, "own", "more", newer_than=locked["suites"])
    # A lock of before has no such name.
    publish(served, "own", 9)
    before = [{key: each[key] for key in each if key != "archive"} for each in locked["suites"]]
    with pytest.raises(VesselError, match="VES-327: the repository own, trixie, is of"):
        resolve(served, "own", "more", newer_than=before)
    # Debian's dates are no measure for a repository that calls itself so.
    publish(served, "own", 9, label="debian")
    assert resolve(served, "own", newer_than=locked["suites"][:1])


def test_what_a_repository_says_of_itself_is_one_line_of_text(served: Archives) -> None:
    publish(served, "debian", 1)
    publish(served, "own", 1, label="Caf\xe9 \x1b[31m", fields="Description: \xfc\n")
    suite = resolve(served, "own")["suites"][1]
    assert suite["origin"] == "Caf\ufffd ?[31m"


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_archive_without_a_date_is_refused(served: Archives, tmp_path: Path, date: str) -> None:
    publish(served, "debian", 1)
    served.publish("own", {"own-tool": ""}, date=date or "\nNotAutomatic: no")
    with pytest.raises(VesselError, match="VES-302"):
        resolve(served, "own")


@pytest.mark.parametrize("setting", ["Acquire::Check-Valid-Until", "Acquire::check-valid-until"])
def test_an_archive_past_its_time_is_refused_whatever_the_host_says(
    served: Archives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    (tmp_path / "apt.conf").write_text(f'{setting} "false";\n')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    publish(served, "debian", 9, fields=f"Valid-Until: {ago(2)}\n")
    with pytest.raises(VesselError, match="VES-302"):
        resolve(served)


def test_an_update_asks_the_lock(root: Path, cache: Path, tmp_path: Path) -> None:
    """The host's mirrors are older than a lock of tomorrow."""
    spec_file = Path(shutil.copy(root / "specs/wasm-node.yml", tmp_path))
    lock = answering(spec_file, root)
    lock["debian"]["suites"] = [{**SUITE_OF_LOCK, "date": ago(-1)}]
    before = write(spec_file, lock).read_bytes()
    with pytest.raises(VesselError, match=r"VES-327: the Debian, trixie, is of"):
        ensure_lock(load_spec(spec_file), spec_file, root, update=True, check=False)
    assert lock_path(spec_file).read_bytes() == before
