"""The modules of a Rust crate and what each uses of the others, read from the sources.

Source of the rules: the Rust reference, "Modules", "Use declarations" and "Paths" (2018 and later).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# The names from the crate's root down to a module; the root itself has none.
Name = tuple[str, ...]

TOKEN = re.compile(
    r"""\s+ | //[^\n]* | /\*.*?\*/
    | [bc]?r(?P<hashes>\#*)".*?"(?P=hashes) | [bc]?"(?:\\.|[^"\\])*"
    | b?'(?:\\u\{\w*\}|\\x\w\w|\\.|[^'\\])' | '\w+
    | (?P<token>(?:r\#)?\w+ | :: | .)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign outside of comments and literals, and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """A module; `group` counts the blank lines before its declaration among its siblings'."""

    file: Path
    group: int = 0
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """`module` uses the module `other` in a line of its file."""

    module: Name
    other: Name
    line: int


@dataclass
class Crate:
    """What was read of a crate: `paths` are (module, words of a path, line)."""

    modules: dict[Name, Module] = field(default_factory=dict)
    paths: list[tuple[Name, list[str], int]] = field(default_factory=list)

    def uses(self) -> Iterator[Use]:
        """Each path that leads to another module of the crate; what tests use is theirs alone."""
        for module, words, line in self.paths:
            other = self._resolved(module, words)
            if other not in (None, module) and not self._is_test(module):
                yield Use(module, other, line)

    def _is_test(self, name: Name) -> bool:
        return any(self.modules[name[:end]].is_test for end in range(len(name) + 1))

    def _resolved(self, module: Name, words: list[str]) -> Name | None:
        """The innermost module that a path goes through; none for another crate's path."""
        rest = list(words)
        if rest[0] == "crate":
            module = ()
        elif rest[0] not in ("self", "super") and (*module, rest[0]) not in self.modules:
            return None
        while rest and rest[0] in ("crate", "self", "super"):
            module = module[:-1] if rest.pop(0) == "super" else module
        while rest and (*module, rest[0]) in self.modules:
            module = (*module, rest.pop(0))
        return module


def crate_roots(workspace: Path) -> Iterator[Path]:
    """The root file of each crate of a Cargo workspace: libraries, programs and tests."""
    manifest = tomllib.loads((workspace / "Cargo.toml").read_text(encoding="utf-8"))
    for member in ("", *manifest["workspace"]["members"]):
        for pattern in ("src/lib.rs", "src/main.rs", "src/bin/*.rs", "tests/*.rs"):
            yield from sorted((workspace / member).glob(pattern))


def read_crate(root: Path) -> Crate:
    """The crate of a root file. Raises FileNotFoundError where a declared module has no file."""
    crate = Crate({(): Module(root)})
    _Reader(crate, root, root.parent, ()).read()
    return crate


def tokens(source: str) -> list[Token]:
    found, line = [], 1
    for match in TOKEN.finditer(source):
        if text := match["token"]:
            found.append(Token(text.removeprefix("r#"), line))
        line += match.group().count("\n")
    return found


class _Reader:
    """Reads one file of a crate; modules that it declares have their files below `directory`."""

    def __init__(self, crate: Crate, file: Path, directory: Path, name: Name) -> None:
        source = file.read_text(encoding="utf-8")
        self.crate, self.file, self.directory, self.name = crate, file, directory, name
        self.tokens = tokens(source)
        blank = [not line.strip() for line in source.splitlines()]
        self.blank_before = [sum(blank[:line]) for line in range(len(blank) + 1)]
        self.at = 0

    def text(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def read(self) -> None:
        """All that stands before the bracket that closes this module, or the end of the file."""
        depth, is_test = 0, False
        while self.text() and depth >= 0:
            text, line = self.text(), self.tokens[self.at].line
            if text == "#" and [self.text(n) for n in range(1, 6)] == [
                "[",
                "cfg",
                "(",
                "test",
                ")",
            ]:
                is_test = True
            if text == "mod" and self.text(1).isidentifier():
                self._module(line, is_test)
            elif text == "use" and self.text(1) != "<":
                self.at += 1
                for words in self._tree([]):
                    self.crate.paths.append((self.name, words, line))
            elif text.isidentifier() and self.text(1) == "::" and self.text(-1) not in ("::", "."):
                self.crate.paths.append((self.name, self._path(), line))
            else:
                self.at += 1
            depth += (text == "{") - (text == "}")
            is_test = is_test and text not in (";", "{", "}", "mod")

    def _module(self, line: int, is_test: bool) -> None:
        name, is_inline = (*self.name, self.text(1)), self.text(2) == "{"
        self.at += 3
        places = (self.directory / f"{name[-1]}.rs", self.directory / name[-1] / "mod.rs")
        file = self.file if is_inline else next((f for f in places if f.exists()), places[0])
        self.crate.modules[name] = Module(file, self.blank_before[line], is_test)
        outer = self.name, self.directory
        self.name, self.directory = name, self.directory / name[-1]
        if is_inline:
            self.read()
        else:
            _Reader(self.crate, file, self.directory, name).read()
        self.name, self.directory = outer

    def _path(self) -> list[str]:
        words = [self.text()]
        self.at += 1
        while self.text() == "::" and self.text(1).isidentifier():
            words.append(self.text(1))
            self.at += 2
        return words

    def _tree(self, before: list[str]) -> Iterator[list[str]]:
        """The paths of a use tree that begins here, each after the words `before`."""
        words = list(before)
        while self.text() not in ("", ";", ",", "}"):
            if self.text() == "{":
                while self.text() in ("{", ","):
                    self.at += 1
                    yield from self._tree(words)
                self.at += 1
                return
            if self.text() == "as":
                self.at += 1  # what it is called here
            elif self.text() not in ("::", "*"):
                words.append(self.text())
            self.at += 1
        if words != before:
            yield words
