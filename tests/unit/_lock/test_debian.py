from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian, packages

ROOTS = {
    "debian": "http://mirror.example/debian/",
    "debian-security": "http://mirror.example/debian/security/",
}
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            f"'{ROOTS['debian']}pool/main/z/zlib/zlib1g_1.3_amd64.deb'"
            f" zlib1g_1%3a1.3%2bb1_amd64.deb 42 SHA256:{DIGEST}",
            ("zlib1g", "1:1.3+b1", "amd64", "debian", "pool/main/z/zlib/zlib1g_1.3_amd64.deb"),
        ),
        (
            f"'{ROOTS['debian-security']}pool/updates/main/g/x%2b_1~2_all.deb'"
            f" g++_1%7e2_all.deb 42 SHA256:{DIGEST}",
            ("g++", "1~2", "all", "debian-security", "pool/updates/main/g/x+_1~2_all.deb"),
        ),
    ],
)
def test_uri_line(line: str, expected: tuple[str, ...]) -> None:
    package = debian.parse_uri_line(line, ROOTS)
    fields = ("name", "version", "architecture", "archive", "path")
    assert tuple(package[field] for field in fields) == expected
    assert (package["size"], package["sha256"]) == (42, DIGEST)


@pytest.mark.parametrize(
    "line",
    [
        "'http://mirror.example/debian/a.deb' a_1_all.deb 42 MD5Sum:00",
        f"'http://elsewhere.example/a.deb' a_1_all.deb 42 SHA256:{DIGEST}",
        "E: broken",
    ],
)
def test_a_package_without_digest_or_of_another_archive_is_refused(line: str) -> None:
    with pytest.raises(VesselError, match="VES-304"):
        debian.parse_uri_line(line, ROOTS)


@pytest.mark.parametrize(
    ("setting", "kept"),
    [
        ('Acquire::http::Proxy "http://proxy.example:3128";', True),
        ('Acquire::https::CAInfo "/etc/ssl/own.pem";', True),
        ('Acquire::Retries "5";', True),
        ('Acquire::AllowInsecureRepositories "1";', False),
        ('Acquire::Check-Valid-Until "false";', False),
        ('Acquire::check-valid-until "false";', False),
        ('Acquire::allowinsecurerepositories "1";', False),
        ('Acquire::gpgv::Options:: "--ignore-valid-from";', False),
        ('Acquire::indextargets::deb::Packages::MetaKey "other";', False),
        ('Acquire::tor+https::Timeout "9";', True),
        ('Acquire::Languages:: "de";', False),
        ('APT::Default-Release "sid";', False),
        ('APT::Update::Post-Invoke:: "rm -f /var/cache/apt/x";', False),
    ],
)
def test_only_transport_settings_of_the_host_are_kept(setting: str, kept: bool) -> None:
    assert bool(debian.TRANSPORT.match(setting)) is kept


def test_host_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a Release file at hand apt knows no label; the address decides then.
    answer = (
        "http://a.example/debian Debian\nhttp://other.example/repo Other\n"
        "http://a.example/debian Debian\nhttp://a.example/debian-security/ \n"
    )
    monkeypatch.setattr(debian, "run", lambda argv: Result(0, answer, ""))
    assert debian.host_mirrors() == {
        "debian": "http://a.example/debian/",
        "debian-security": "http://a.example/debian-security/",
    }


def test_a_missing_mirror_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "run", lambda argv: Result(0, "http://a.example/debian Debian", ""))
    with pytest.raises(VesselError, match=r"VES-301.*archive debian-security"):
        debian.host_mirrors()


def test_sources_name_the_keyring_and_never_trust() -> None:
    text = debian.sources(ROOTS, replace(DEBIAN, keyring="/keys.gpg"), "trixie")
    assert text.count("Signed-By: /keys.gpg") == 2
    assert "Suites: trixie trixie-updates\n" in text
    assert "Suites: trixie-security\n" in text
    assert "rusted" not in text


def test_kernel_choice() -> None:
    for kernel, name in (("generic", "linux-image-amd64"), ("cloud", "linux-image-cloud-amd64")):
        assert packages.node_packages(DEBIAN, kernel, "amd64")[-1] == name


def test_no_boot_loader_and_no_compiler_in_the_node() -> None:
    assert not [n for n in DEBIAN.node if n.startswith(("grub", "gcc", "make", "shim"))]
