"""Units and sysctls, read from a tree as systemd would."""

from __future__ import annotations

import stat

import pytest
from ansible_collections.vessel.image.plugins.module_utils._disk.systemd import sysctls, units
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import Entry

INSTALL = "[Unit]\n[Install]\nWantedBy=multi-user.target\n"
STATIC = "[Unit]\nDescription=an [Install] in the middle\n"
LIB, ETC = "usr/lib/systemd/system", "etc/systemd/system"


def file(name: str, text: str) -> Entry:
    return Entry(name, stat.S_IFREG | 0o644, size=len(text), data=text.encode())


def link(name: str, target: str) -> Entry:
    return Entry(name, stat.S_IFLNK | 0o777, target=target)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], {}),
        ([file(f"{LIB}/a.service", INSTALL)], {"a.service": "disabled"}),
        ([file(f"{LIB}/a.service", STATIC)], {"a.service": "static"}),
        ([file(f"{LIB}/a.service", "")], {"a.service": "masked"}),
        ([file(f"{LIB}/README", INSTALL), file("usr/lib/a.service", INSTALL)], {}),
        (
            [
                link(f"{ETC}/multi-user.target.wants/a.service", f"/{LIB}/a.service"),
                file(f"{LIB}/a.service", INSTALL),
            ],
            {"a.service": "enabled"},
        ),
        (
            [
                link(f"{ETC}/b.service.requires/a.service", "../a.service"),
                file(f"{ETC}/a.service", STATIC),
            ],
            {"a.service": "enabled"},
        ),
        # A package's own links make a unit static, not enabled.
        (
            [
                link(f"{LIB}/multi-user.target.wants/a.service", "../a.service"),
                file(f"{LIB}/a.service", STATIC),
            ],
            {"a.service": "static"},
        ),
        (
            [link(f"{ETC}/a.service", "/dev/null"), file(f"{LIB}/a.service", INSTALL)],
            {"a.service": "masked"},
        ),
        (
            [
                link(f"{ETC}/a.service", "/dev/null"),
                link(f"{ETC}/x.target.wants/a.service", f"/{LIB}/a.service"),
                file(f"{LIB}/a.service", INSTALL),
            ],
            {"a.service": "masked"},
        ),
        (
            [file(f"{ETC}/a.service", STATIC), file(f"{LIB}/a.service", INSTALL)],
            {"a.service": "static"},
        ),
        (
            [
                link(f"{ETC}/sshd.service", f"/{LIB}/ssh.service"),
                file(f"{LIB}/ssh.service", INSTALL),
            ],
            {"sshd.service": "alias", "ssh.service": "enabled"},
        ),
        ([link(f"{ETC}/a.service", "/opt/a/a.service")], {"a.service": "linked"}),
        (
            [
                link(f"{ETC}/getty.target.wants/getty@tty1.service", f"/{LIB}/getty@.service"),
                file(f"{LIB}/getty@.service", INSTALL),
            ],
            {"getty@.service": "enabled", "getty@tty1.service": "enabled"},
        ),
        # Something else pulls in a unit that the tree does not have.
        (
            [link(f"{ETC}/a.target.wants/late.service", "/run/late.service")],
            {"late.service": "enabled"},
        ),
        ([Entry(f"{LIB}/odd.service", stat.S_IFIFO | 0o600)], {"odd.service": "static"}),
    ],
)
def test_state_of_units(entries: list[Entry], expected: dict[str, str]) -> None:
    assert units(entries) == expected
    assert units(reversed(entries)) == expected


def test_sysctls_are_read_in_the_order_of_file_names() -> None:
    found = sysctls(
        [
            file("usr/lib/sysctl.d/10-a.conf", "kernel.panic = 1\nkernel.x = lib\n"),
            file("etc/sysctl.d/90-b.conf", "# kernel.y = 1\n; kernel.z = 1\n\nkernel.panic=10\n"),
            file("etc/sysctl.d/README", "kernel.no = 1"),
        ]
    )
    assert found == {"kernel.panic": "10", "kernel.x": "lib"}


def test_one_file_name_counts_once_and_etc_comes_first() -> None:
    places = ("etc", "run", "usr/local/lib", "usr/lib")
    entries = [file(f"{place}/sysctl.d/50-a.conf", f"k.{place[-3:]} = 1") for place in places]
    for number, place in enumerate(places):
        assert list(sysctls(entries[number:])) == [f"k.{place[-3:]}"]
    assert sysctls([link("etc/sysctl.d/50-a.conf", "/dev/null"), *entries[1:]]) == {}


def test_a_link_to_a_file_is_followed() -> None:
    entries = [link("etc/sysctl.d/99-x.conf", "../sysctl.conf"), file("etc/sysctl.conf", "a.b=c")]
    assert sysctls(entries) == {"a.b": "c"}
    assert sysctls(entries[:1]) == {}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("net/ipv4/conf/eth0.1/forwarding = 1", {"net.ipv4.conf.eth0/1.forwarding": "1"}),
        ("net.ipv4.conf.eth0/1.forwarding=1", {"net.ipv4.conf.eth0/1.forwarding": "1"}),
        ("-kernel.a = 1", {"kernel.a": "1"}),
        ("-kernel.a", {}),
        ("kernel.a", {}),
        ("= 1", {}),
        ("kernel.core_pattern=|/bin/x a=b", {"kernel.core_pattern": "|/bin/x a=b"}),
        ("net.ipv4.conf.*.rp_filter = 2", {"net.ipv4.conf.*.rp_filter": "2"}),
        ("kernel.a =", {"kernel.a": ""}),
    ],
)
def test_one_line(line: str, expected: dict[str, str]) -> None:
    assert sysctls([file("etc/sysctl.d/a.conf", line)]) == expected
