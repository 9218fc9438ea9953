"""Locks that are none: each has a code, its line, and a hint that keeps what is locked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.locked import WHOLE

TEXT = yaml.safe_dump(WHOLE, sort_keys=False)
DATA = TEXT.encode()
LINES = TEXT.splitlines()
AT = {word: LINES.index(word) + 1 for word in ("go:", "debian:", "for:")}
MERGE = (
    "<<<<<<< HEAD\nsource_date_epoch: 1\n||||||| base\n=======\nsource_date_epoch: 2\n"
    ">>>>>>> theirs\n"
)


def read(tmp_path: Path, data: bytes) -> Lock | None:
    path = tmp_path / "a.lock.yml"
    path.write_bytes(data)
    return lockfile.read_lock(path)


def swapped(old: str, new: str) -> bytes:
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode()


LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
# What is read; the code; its line, 0 where that is not to the point; what the message says.
BAD: dict[str, tuple[bytes, str, int, str]] = {
    "empty": (b"", "VES-310", 1, "holds no lock"),
    "blank": (b"\n\n# nothing\n", "VES-310", 1, "holds no lock"),
    "null": (b"null\n", "VES-310", 1, "holds no lock"),
    "a list": (b"- a\n", "VES-310", 1, "it is a list"),
    "a word": (b"lock\n", "VES-310", 1, "it is lock"),
    "for alone": (b"schema: 1\nfor: {}\n", "VES-310", 1, "it lacks `architecture`"),
    "no schema": (swapped("schema: 1\n", ""), "VES-310", 1, "it lacks `schema`"),
    "of an older schema": (swapped("schema: 1", "schema: 0"), "VES-310", 1, "which is not 1"),
    "a schema in words": (swapped("schema: 1", "schema: one"), "VES-310", 1, "which is not 1"),
    "of a later schema": (b"schema: 2\nnew: [a]\n", "VES-308", 1, "a later version of Vessel"),
    "a merge": (DATA + MERGE.encode(), "VES-307", len(LINES) + 1, "both sides of a merge"),
    "a merge, CRLF": (
        (TEXT + MERGE).replace("\n", "\r\n").encode(), "VES-307", len(LINES) + 1, "of a merge"
    ),
    "the rest of a merge": (
        swapped("go:\n", "=======\ngo:\n"), "VES-307", AT["go:"], "both sides of a merge"
    ),
    "NUL": (swapped("go:\n", "go:\0\n"), "VES-310", AT["go:"], "U+0000"),
    "not UTF-8": (DATA + b"# \xff\n", "VES-310", len(LINES) + 1, "0xff"),
    "UTF-16": (TEXT.encode("utf-16"), "VES-310", 1, "UTF-16"),
    "half of a file": (DATA[: TEXT.index("  toolchain")], "VES-310", AT["go:"], "`go` is empty"),
    "half of a word": (DATA[: TEXT.index("cargo_lock") + 4], "VES-310", len(LINES) - 3, ""),
    "an escape of no character": (
        swapped("suite: trixie", 'suite: "\\uDCFF"'), "VES-310", 0, ""
    ),
    "a key twice": (DATA + b"go: {}\n", "VES-310", len(LINES) + 1, "line"),
    "a second document": (DATA + b"---\nschema: 1\n", "VES-310", len(LINES) + 1, "second"),
    "a tag": (swapped("size: 1\n", "size: !!python/object/apply:os.system [id]\n"), "VES-310", 0,
              "the tag"),
    "a merge key": (DATA + b"<<: {a: 1}\n", "VES-310", len(LINES) + 1, "merge keys"),
    "a key of a list": (DATA + b"[a]: 1\n", "VES-310", len(LINES) + 1, "a key must be"),
    "laughs": (f"a0: &a0 x\n{LAUGHS}".encode(), "VES-310", 0, "more than"),
    "an alias of itself": (b"schema: 1\nfor: &a {sources: *a}\n", "VES-310", 0, "deep"),
    "an alias of nothing": (swapped("suite: trixie", "suite: *none"), "VES-310", 0, ""),
    "brackets": (b"a: " + b"[" * 100_000, "VES-310", 1, "deep"),
    "closed brackets": (b"[" * 100_000 + b"]" * 100_000, "VES-310", 1, "deep"),
    "a long number": (swapped("size: 1\n", f"size: {'9' * 9000}\n"), "VES-310", 0, "a size"),
    "too much": (b"a" * (17 << 20), "VES-310", 1, "larger"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    data, code, line, says = BAD[name]
    with pytest.raises(VesselError) as caught:
        read(tmp_path, data)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert says in problem.what
    assert problem.position and problem.position.file == str(tmp_path / "a.lock.yml")
    assert line in (0, problem.position.line)
    assert "emove" not in problem.hint
    assert "git checkout" in problem.hint or "version control" in problem.hint


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        DATA.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + DATA,
        b"---\n" + DATA,
        # PyYAML writes what stands in two places so; locks with a repository have it.
        swapped("- main\n", "- &id main\n").replace(b"- main\n", b"- *id\n"),
    ],
    ids=["plain", "CRLF", "BOM", "document start", "alias"],
)
def test_what_editors_and_git_make_of_a_lock_is_the_same_lock(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) == Lock(WHOLE)


def test_the_words_of_either_parser_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read(tmp_path, DATA) == Lock(WHOLE)


CUT = st.integers(0, len(DATA) - 1)
PIECE = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"\0", b"\n", b"- ", b": ", b"[", b"}", b"&a ", b"*a", b"!!int ", b"\t"]),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow,
          HealthCheck.function_scoped_fixture])  # fmt: skip
@given(start=CUT, length=st.integers(0, 40), piece=PIECE)
def test_any_damage_is_told_or_no_damage(
    tmp_path: Path, start: int, length: int, piece: bytes
) -> None:
    try:
        read(tmp_path, DATA[:start] + piece + DATA[start + length :])
    except VesselError as error:
        assert {problem.code for problem in error.problems} <= {"VES-307", "VES-308", "VES-310"}
        assert all(problem.position for problem in error.problems)


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.lock.yml"
    debian = {**WHOLE["debian"], "release": "trixie\udcff"}
    with pytest.raises(VesselError, match="VES-309"):
        lockfile.write_lock(path, Lock({**WHOLE, "debian": debian}), Path("a.yml"))
    with pytest.raises(VesselError, match=r"VES-309: .*lacks `architecture`"):
        lockfile.write_lock(path, Lock({"schema": 1, "for": {}}), Path("a.yml"))
    for name in ("a\nschema: 2\n.yml", os.fsdecode(b"\xff.yml")):
        with pytest.raises(VesselError, match="VES-309"):
            lockfile.write_lock(path, Lock(WHOLE), Path(name))
    assert not path.exists()
