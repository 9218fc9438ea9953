from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine.login import (
    check_guest,
    check_user,
    find_key,
)

LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBB me@here"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def test_without_a_key_there_is_none(home: Path) -> None:
    assert find_key(None, home) is None


def test_the_first_that_ssh_offers_is_taken(home: Path) -> None:
    (home / ".ssh/id_ed25519.pub").write_text(LINE)
    (home / ".ssh/id_rsa.pub").write_text("ssh-rsa AAAA\n")
    found = find_key(None, home)
    assert found is not None
    assert found.line == "ssh-rsa AAAA"
    assert found.identity == ""  # ssh finds it by itself


def test_the_private_half_is_named_for_ssh_where_it_lies(home: Path) -> None:
    named = home / "work.pub"
    named.write_text(f"# a comment\n{LINE}\n")
    found = find_key(named, home)
    assert found is not None
    assert (found.line, found.identity) == (LINE, str(named))  # an agent has the other half
    (home / "work").touch()
    found = find_key(named, home)
    assert found is not None
    assert found.identity == str(home / "work")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n", "is a private key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nSECRET\n", "is a private key"),
        ("", "exactly one public SSH key"),
        (f"{LINE}\n{LINE}\n", "exactly one public SSH key"),
        (f'command="sh" {LINE}', "exactly one public SSH key"),
        ("\xff", "exactly one public SSH key"),
    ],
)
def test_what_is_no_public_key_is_refused(home: Path, text: str, what: str) -> None:
    named = home / "key"
    named.write_text(text)
    with pytest.raises(VesselError, match=f"VES-813.*{what}") as caught:
        find_key(named, home)
    assert "SECRET" not in str(caught.value)


def test_a_key_that_cannot_be_read(home: Path) -> None:
    with pytest.raises(VesselError, match=r"VES-813.*No such file"):
        find_key(home / "missing.pub", home)
    (home / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(VesselError, match=r"VES-813.*not text"):
        find_key(home / "binary", home)
    if os.geteuid() != 0:
        (home / "shut").touch(0o000)
        with pytest.raises(VesselError, match=r"VES-813.*Permission denied"):
            find_key(home / "shut", home)


@pytest.mark.parametrize("name", ["vessel", "root", "_a-1"])
def test_names_of_users(name: str) -> None:
    assert check_user(name) == name


@pytest.mark.parametrize("name", ["", "Me", "1a", "a b", "a:b", "a" * 33, "-x"])
def test_bad_names_of_users(name: str) -> None:
    with pytest.raises(VesselError, match="VES-814"):
        check_user(name)


@pytest.mark.parametrize("name", ["", "..", ".a", "a/b", "../a", "a b", "a" * 64])
def test_a_guests_name_is_one_directory(name: str) -> None:
    with pytest.raises(VesselError, match="VES-815"):
        check_guest(name)
