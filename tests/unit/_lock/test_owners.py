"""What a repository may bring, whatever its index looks like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Position,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._lock.owners import Owners, divide

DEBIANS = (
    "Package: libc6\nVersion: 1\nProvides: libc6-abi (= 1), libc\n\n"
    "Package: tool\nVersion: 1\n\nPackage: mawk\nProvides: awk\n"
)


@dataclass(frozen=True)
class Index:
    archive: str
    file: Path


@dataclass(frozen=True)
class Repository:
    name: str
    replaces: tuple[str, ...] = ()

    @property
    def archive(self) -> str:
        return f"repository {self.name}"

    @property
    def place(self) -> Position:
        return Position("s.yml", 5, 3)


def divided(tmp_path: Path, text: str | bytes, *replaces: str) -> tuple[Owners, str, str]:
    """Who owns what, and what is left of Debian's index and of the repository's."""
    debians, own = tmp_path / "debian", tmp_path / "own"
    debians.write_text(DEBIANS)
    own.write_bytes(text if isinstance(text, bytes) else text.encode())
    indices = [Index("", debians), Index("repository own", own)]
    owners = divide(indices, [Repository("own", replaces)])
    return owners, debians.read_text(), own.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "Package: libc6\nVersion: 9\n",
        "package: libc6\nVersion: 9\n",
        "PACKAGE:\tlibc6 \nVersion: 9\n",
        "Version: 9\nPackage: libc6\n",
        "Package:\n libc6\nVersion: 9\n",
        "Package: libc6\r\nVersion: 9\r\n",
        "Package: libc\nVersion: 9\n",
        "Package: awk\nVersion: 9\n",
        "Package: other\nPackage: libc6\nVersion: 9\n",
        "Package: libc6\nPackage: other\nVersion: 9\n",
        "Package: Libc6\nVersion: 9\n",
        "Package: libc6/../x\nVersion: 9\n",
        "\n\n\n",
        "",
        b"Package: lib\xffc6\n",
    ],
)
def test_what_debian_has_stays_out(tmp_path: Path, text: str | bytes) -> None:
    owners, debians, own = divided(tmp_path, text)
    assert (debians, own) == (DEBIANS, "")
    assert owners.archives == {}


@pytest.mark.parametrize("between", ["\n", "\n\n", " \n", "\t\n", "\r\n"])
def test_a_package_behind_another_stays_out(tmp_path: Path, between: str) -> None:
    text = f"Package: one\nVersion: 9\n{between}Package: libc6\nVersion: 9\n"
    owners, debians, own = divided(tmp_path, text)
    assert debians == DEBIANS
    assert "libc6" not in own
    assert owners.archives == {"one": "repository own"}
    assert owners.passed == {"libc6": "own"}


@pytest.mark.parametrize(
    ("field", "left"),
    [
        ("Essential: yes", ""),
        ("ESSENTIAL: True", ""),
        ("Protected: 1", ""),
        ("important:\n yes", ""),
        ("Provides: awk, libc6 (= 9), tool:any, own-abi (= 2)", "provides: own-abi (= 2)\n"),
        ("provides:\n awk,\n libc6 (= 9)", ""),
        ("Provides: other", "provides: other\n"),
        ("Depends: libc6 (>= 2), awk", "depends: libc6 (>= 2), awk\n"),
        ("Description: a\n .\n b", "description: a\n .\n b\n"),
    ],
)
def test_what_a_package_of_its_own_may_say(tmp_path: Path, field: str, left: str) -> None:
    owners, debians, own = divided(tmp_path, f"Package: one\n{field}\nVersion: 9\n")
    assert "".join(sorted(own.splitlines(keepends=True))) == "".join(
        sorted(f"package: one\n{left}version: 9\n".splitlines(keepends=True))
    )
    assert debians == DEBIANS
    assert owners == Owners({"one": "repository own"}, {}, {})


def test_what_it_replaces_goes_from_debians(tmp_path: Path) -> None:
    text = "Package: tool\nEssential: yes\nProvides: awk, libc\n\nPackage: libc6\n"
    owners, debians, own = divided(tmp_path, text, "tool", "awk")
    assert "Package: tool" not in debians
    assert "Package: libc6" in debians and "Package: mawk" in debians
    assert own == "package: tool\nessential: yes\nprovides: awk\n"
    assert owners.archives == {"tool": "repository own"}
    assert owners.replaced == {"tool": "own"}
    assert owners.told(["tool", "libc6", "mawk"]) == [
        "tool: taken from the repository own, in place of Debian's",
        "libc6: not taken from the repository own, which has the same names",
    ]
    assert "`replaces: [libc6]` in the spec's repository own" in owners.hint(
        "it wants libc6 (>= 2)"
    )
    assert owners.hint("it wants libc") == ""


def test_many_packages_are_one_line() -> None:
    names = [f"p{number}" for number in range(12)]
    owners = Owners({}, {name: "own" for name in names}, {})
    [line] = owners.told(names)
    assert line == (
        "p0, p1, p10, p11, p2, p3, p4, p5 and 4 more: not taken from the repository own, which has"
        " the same names"
    )


def test_a_name_that_it_has_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(VesselError, match=r"^s.yml:5:3: VES-328: .* has no own-tol that"):
        divided(tmp_path, "Package: own-tool\n", "own-tol")
    divided(tmp_path, "Package: own-tool\nProvides: own-tol\n", "own-tol")


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    indices = [Index("", tmp_path / "a"), Index("repository own", tmp_path / "b")]
    assert divide(indices, [Repository("own")]) == Owners()
