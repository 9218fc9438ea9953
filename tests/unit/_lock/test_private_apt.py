"""apt in a root of its own: nothing of the host's chooses or vouches, and half of the indices is
none. The real apt, without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import free_port

# How the host reaches the network is the host's to say; all else of apt's is not.
OF_THE_HOST = ("Dir::Etc::netrc", "Dir::Etc::netrcparts")
OWN = ("Dir::Etc", "Dir::State", "Dir::Cache", "Dir::Log")
# No file of these is read where lists, packages and keys are looked for.
NEITHER = ("Dir::Etc::kernels", "Dir::Etc::planners", "Dir::Etc::solvers")


@pytest.fixture
def apt(tmp_path: Path) -> dict[str, str]:
    """The environment of an apt with a private configuration below `tmp_path`."""
    (tmp_path / "apt.conf").write_text(debian.configuration(tmp_path, ["amd64"]))
    return {"APT_CONFIG": str(tmp_path / "apt.conf")}


def told(apt: dict[str, str], *names: str) -> dict[str, str]:
    """Where apt itself looks for each of `names`, or what it goes by."""
    words = [word for number, name in enumerate(names) for word in (f"V{number}", name)]
    lines = run(["apt-config", "shell", *words], env=apt).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return {n: found.get(f"V{i}", "").strip("'") for i, n in enumerate(names)}


def test_every_place_is_private_or_nowhere(apt: dict[str, str], tmp_path: Path) -> None:
    dump = run(["apt-config", "dump"], env=apt).stdout.splitlines()
    names = [name for line in dump if (name := line.partition(" ")[0]).startswith(OWN)]
    assert {"Dir::Etc::trusted", "Dir::Etc::trustedparts", "Dir::Etc::preferences"} <= set(names)
    places = told(apt, *(f"{name}/f" for name in names if name not in (*OF_THE_HOST, *NEITHER)))
    wrong = {n: p for n, p in places.items()
             if not p.startswith((str(tmp_path), "/dev/null"))}  # fmt: skip
    assert wrong == {}


def test_only_what_is_named_and_needed_is_installed(apt: dict[str, str]) -> None:
    names = ("APT::Install-Recommends", "APT::Install-Suggests")
    assert told(apt, *names) == dict.fromkeys(names, "false")


def test_indices_that_nobody_gives_are_an_error() -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    roots = dict.fromkeys(DEBIAN.archives, nobody)
    with (
        pytest.raises(VesselError, match="VES-302"),
        debian.private_apt(roots, ["amd64"], DEBIAN, next(iter(DEBIAN.releases))),
    ):
        pass


SUITES = {
    "a_InRelease": "Codename: second\nDate: Sat, 02 Jan 2027 00:00:00 UTC\nComponents: main x\n",
    "b_Release": "Codename: first\nDate: Fri, 01 Jan 2027 00:00:00 UTC\nLabel: Debian\n",
}


def lists(root: Path) -> debian.PrivateApt:
    (root / "lists").mkdir()
    for name, text in SUITES.items():
        (root / "lists" / name).write_text(text)
    return debian.PrivateApt(root, {})


def test_each_suite_has_the_digest_of_its_index(tmp_path: Path) -> None:
    first, second = lists(tmp_path).suites()
    assert (first["suite"], first["origin"]) == ("first", "Debian")
    assert (second["suite"], second["components"]) == ("second", ["main", "x"])
    texts = [SUITES["b_Release"], SUITES["a_InRelease"]]
    assert [each["sha256"] for each in (first, second)] == [
        hashlib.sha256(text.encode()).hexdigest() for text in texts
    ]


def test_an_image_is_as_new_as_the_newest_of_its_suites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = lists(tmp_path)

    @contextmanager
    def private_apt(*_given: object) -> Iterator[debian.PrivateApt]:
        yield asked

    def closure(names: Sequence[str], _places: object = None) -> list[Any]:
        return [{"name": name} for name in names]

    monkeypatch.setattr(debian, "private_apt", private_apt)
    monkeypatch.setattr(asked, "closure", closure)
    found = debian.resolve(["a"], ["t"], mirrors={})
    assert found["source_date_epoch"] == 1798848000  # 2 January 2027
    assert [each["name"] for each in found["node"]] == ["?essential", "apt", "a"]
    assert found["tools"] == [{"name": "t"}] and "compilers" not in found
