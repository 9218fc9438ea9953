"""A repository beside Debian's brings packages, and replaces those that the spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from integration._lock.archives import BASE, SUITE, Archives, archives


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    with archives(tmp_path_factory.mktemp("archives")) as found:
        found.publish("debian", BASE)
        yield found


def resolve(
    served: Archives, names: Sequence[str], replaces: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, str]]:
    """What a node has: by name the version, and the archive."""
    lock: dict[str, Any] = debian.resolve(
        names,
        ["tool"],
        distribution=served.distribution,
        release=SUITE,
        mirrors={"debian": f"{served.address}/debian/"},
        repositories=[
            served.repository(name, replaces=tuple(wanted)) for name, wanted in replaces.items()
        ],
    )
    assert {each["archive"] for each in lock["tools"]} == {"debian"}
    return {each["name"]: (each["version"], each["archive"]) for each in lock["node"]}


DEBIANS = {name: ("1.0", "debian") for name in ("apt", "base", "libc6", "mawk", "tool")}
OWN = ("9.0", "repository own")


@pytest.mark.parametrize("label", ["own", "debian"], ids=["", "that calls itself so"])
def test_debians_packages_stay_debians(served: Archives, label: str) -> None:
    """From the same host, and with the same words about itself."""
    served.publish("own", {**BASE, "own": "Depends: tool\n"}, version="9.0", label=label)
    assert resolve(served, ["tool", "own"], {"own": []}) == {**DEBIANS, "own": OWN}


@pytest.mark.parametrize(
    "packages",
    [
        {"more": "Essential: yes\n"},
        {"more": "Important: yes\nEssential: yes\nPriority: required\n"},
        {"aawk": "Provides: awk\nPriority: required\nEssential: yes\n"},
        {"awk": "Priority: required\n"},
        {"more": "Provides: libc6 (= 99), tool, apt:any\nEssential: yes\n"},
    ],
    ids=str,
)
def test_nothing_comes_unasked(served: Archives, packages: Mapping[str, str]) -> None:
    served.publish("own", {**packages, "own": ""}, version="9.0")
    assert resolve(served, ["tool", "own"], {"own": []}) == {**DEBIANS, "own": OWN}


def test_what_the_spec_says_is_replaced_and_no_more(served: Archives) -> None:
    served.publish("own", {**BASE, "own": "Depends: tool\n"}, version="9.0")
    found = resolve(served, ["own"], {"own": ["tool", "base"]})
    assert found == {**DEBIANS, "tool": OWN, "base": OWN, "own": OWN}
    # Whichever version is the later one.
    served.publish("own", {"tool": "Depends: libc6\n"}, version="0.1")
    found = resolve(served, ["tool"], {"own": ["tool"]})
    assert found == {**DEBIANS, "tool": ("0.1", "repository own")}


def test_what_is_provided_may_be_replaced_too(served: Archives) -> None:
    served.publish("own", {"aawk": "Provides: awk\nConflicts: mawk\n"}, version="9.0")
    without = {name: each for name, each in DEBIANS.items() if name != "mawk"}
    assert resolve(served, ["aawk", "tool"], {"own": ["awk"]}) == {**without, "aawk": OWN}
    with pytest.raises(VesselError, match="VES-304"):
        resolve(served, ["aawk", "tool"], {"own": []})


def test_the_same_version_of_another_content_is_debians(served: Archives) -> None:
    served.publish("own", {"tool": "Depends: libc6\nSection: other\n", "own": ""})
    found = resolve(served, ["tool", "own"], {"own": []})
    assert found == {**DEBIANS, "own": ("1.0", "repository own")}


def test_of_two_repositories_the_first_has_it(served: Archives) -> None:
    served.publish("one", {"own": ""}, version="1.0")
    served.publish("two", {"own": "", "other": ""}, version="2.0")
    found = resolve(served, ["own", "other"], {"one": [], "two": []})
    assert found["own"] == ("1.0", "repository one")
    assert found["other"] == ("2.0", "repository two")
    found = resolve(served, ["own"], {"one": [], "two": ["own"]})
    assert found["own"] == ("2.0", "repository two")


def test_a_name_that_is_not_there_is_told(served: Archives) -> None:
    served.publish("own", {"own-tool": ""})
    with pytest.raises(VesselError, match=r"VES-328: the repository own has no own-tol .*\n.*tool"):
        resolve(served, ["own-tool"], {"own": ["own-tol"]})


@pytest.mark.parametrize("asked", ["own", "libc6=9.0"])
def test_what_needs_the_other_one_says_how(served: Archives, asked: str) -> None:
    packages = {"libc6": "", "own": "Depends: libc6 (>= 5)\n"}
    served.publish("own", packages, version="9.0")
    with pytest.raises(VesselError, match=r"(?s)VES-304: .*`replaces: \[libc6\]` in the spec's"):
        resolve(served, [asked], {"own": []})
    assert resolve(served, [asked], {"own": ["libc6"]})["libc6"] == OWN


def test_people_are_told(served: Archives) -> None:
    served.publish("own", {**BASE, "own": ""}, version="9.0")
    mirrors = {"debian": f"{served.address}/debian/"}
    given = [served.repository("own", replaces=("tool",))]
    with debian.private_apt(mirrors, ["amd64"], served.distribution, SUITE, given) as apt:
        assert apt.owners.told(["apt", "tool", "own"]) == [
            "tool: taken from the repository own, in place of Debian's",
            "apt: not taken from the repository own, which has the same names",
        ]


def test_another_suite_from_debians_own_address(served: Archives) -> None:
    """Backports lie beside the release."""
    served.publish("debian", {"tool": BASE["tool"], "own": ""}, version="9.0", suite="backports")
    mirrors = {"debian": f"{served.address}/debian/"}
    for replaces, tool in (((), "debian"), (("tool",), "repository debian")):
        given = [served.repository("debian", replaces=replaces, suite="backports")]
        with debian.private_apt(mirrors, ["amd64"], served.distribution, SUITE, given) as apt:
            found = {each["name"]: each["archive"] for each in apt.closure(["tool", "own", "mawk"])}
        assert found == {
            **{"libc6": "debian", "mawk": "debian"},
            **{"own": "repository debian", "tool": tool},
        }
