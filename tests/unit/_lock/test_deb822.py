"""Package sources in apt's form."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._lock.deb822 import key_name, source


@pytest.mark.parametrize(
    ("key", "name"),
    [(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "own.asc"), (b"\x99\x01\x0d", "own.gpg")],
)
def test_the_name_of_a_key_tells_its_form(key: bytes, name: str) -> None:
    assert key_name("own", key) == name


def test_a_source_is_one_paragraph() -> None:
    said = source("https://packages.example/debian", ["trixie", "trixie-x"], ["main"], "/k.asc")
    assert dict(line.split(": ", 1) for line in said.splitlines()) == {
        "Types": "deb",
        "URIs": "https://packages.example/debian",
        "Suites": "trixie trixie-x",
        "Components": "main",
        "Signed-By": "/k.asc",
    }
