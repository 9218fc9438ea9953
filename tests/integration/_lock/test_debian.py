"""apt itself resolves, from this host's mirrors, and refuses what Debian did not sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Position,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, packages


@pytest.fixture(scope="module")
def apt() -> Iterator[debian.PrivateApt]:
    with debian.private_apt(debian.host_mirrors(), ["amd64"], DEBIAN, "trixie") as apt:
        yield apt


def test_resolve() -> None:
    mirrors = debian.host_mirrors()
    lock = debian.resolve(["crun"], ["zstd"], mirrors=mirrors)
    names = {package["name"] for package in lock["node"]}
    # Essential packages and apt are what mmdebstrap starts from.
    assert {"crun", "libyajl2", "apt", "base-files", "dpkg", "libc6"} <= names
    assert "criu" not in names  # only recommended
    assert [suite["suite"] for suite in lock["suites"]] == [
        "trixie",
        "trixie-security",
        "trixie-updates",
    ]
    assert 1_700_000_000 < lock["source_date_epoch"] < 4_000_000_000
    assert not [uri for uri in mirrors.values() if uri in repr(lock)]


def test_two_answers_are_one(apt: debian.PrivateApt) -> None:
    one = apt.closure(["?essential", "apt", "openssh-server"])
    assert one == apt.closure(["?essential", "apt", "openssh-server"])
    assert one == sorted(one, key=lambda package: package["name"])


def test_an_unknown_package_is_named_with_its_neighbours(apt: debian.PrivateApt) -> None:
    with pytest.raises(VesselError) as caught:
        apt.closure(["zstd", "openssh-sever", "no-such-thing-at-all-xyz"])
    assert [problem.code for problem in caught.value.problems] == ["VES-303", "VES-303"]
    assert "no-such-thing-at-all-xyz" in caught.value.problems[0].what
    assert "openssh-server" in caught.value.problems[1].hint


def test_what_others_provide_is_no_package(apt: debian.PrivateApt) -> None:
    """apt would take the only one; which one that is may change, and the spec would not tell."""
    place = Position("s.yml", 2, 3)
    with pytest.raises(
        VesselError, match=r"^s.yml:2:3: VES-329: .*\n.*dbus-user-session"
    ) as caught:
        apt.closure(["zstd", "default-dbus-session-bus"], {"default-dbus-session-bus": place})
    assert len(caught.value.problems) == 1
    assert "zstd" in {each["name"] for each in apt.closure(["zstd:amd64"])}


def test_a_conflict_shows_what_apt_says(apt: debian.PrivateApt) -> None:
    with pytest.raises(VesselError, match=r"(?s)VES-304.*systemd-timesyncd"):
        apt.closure(["systemd-timesyncd", "chrony"])


FIXED = packages.node_packages(DEBIAN, "cloud", "amd64", ["wasmedge"])


@pytest.mark.parametrize(
    ("own", "mine", "says"),
    [
        (["vim-tiny", "chrony"], "chrony", r"with systemd-timesyncd, .*\n.*`time: chrony` under"),
        (["ntpsec", "tree"], "ntpsec", r"with systemd-timesyncd, which every such node has\n.*out"),
        (["dracut"], "dracut", r"with initramfs-tools, which every"),
        (["resolvconf"], "resolvconf", r"with systemd-resolved, which every"),
        (["postfix", "tree", "exim4-daemon-light"], "exim4-daemon-light", r"with postfix\n"),
        (["tree", "crun=0.1"], "crun=0.1", r"crun=0.1 cannot be installed: apt says why\n"),
    ],
)
def test_both_packages_of_a_conflict_are_named_with_the_line(
    apt: debian.PrivateApt, own: list[str], mine: str, says: str
) -> None:
    places = {name: Position("s.yml", line, 3) for line, name in enumerate(own, 1)}
    with pytest.raises(VesselError, match=says) as caught:
        apt.closure(["?essential", "apt", *FIXED, *own], places)
    [problem] = caught.value.problems
    assert problem.code == "VES-304"
    assert problem.position == places[mine]
    assert problem.what.startswith(f"{mine} cannot be installed")


def test_chrony_is_a_choice(apt: debian.PrivateApt) -> None:
    asked = packages.node_packages(DEBIAN, "cloud", "amd64", time="chrony")
    found = {package["name"] for package in apt.closure(["?essential", "apt", *asked])}
    assert "chrony" in found
    assert "systemd-timesyncd" not in found


def test_indices_without_the_right_signature_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.gpg"
    empty.touch()
    with (
        pytest.raises(VesselError, match=r"VES-302"),
        debian.private_apt(
            debian.host_mirrors(), ["amd64"], replace(DEBIAN, keyring=str(empty)), "trixie"
        ),
    ):
        pass
