"""A version has two spellings."""

from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.version import Version


@pytest.mark.parametrize("text", ["1.36.3", "v1.36.3", " v1.36.3\n"])
def test_both_spellings_are_one_version(text: str) -> None:
    found = Version.of(text)
    assert found == Version("1.36.3")
    assert (str(found), found.tag) == ("1.36.3", "v1.36.3")


@pytest.mark.parametrize(
    ("text", "release", "numbers"),
    [
        ("3.6.8-0", "3.6.8", ("3", "6", "8")),
        ("v0.13", "0.13", ("0", "13", "0")),
        ("v1.37.0-rc.1", "1.37.0", ("1", "37", "0")),
    ],
)
def test_its_parts(text: str, release: str, numbers: tuple[str, str, str]) -> None:
    assert (Version.of(text).release, Version.of(text).numbers) == (release, numbers)
