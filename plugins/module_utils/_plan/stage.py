"""A stage: everything that takes time, as a value whose id names its result.

An id is the SHA-256 over the kind's name, the options, the digests of the blobs, the ids of the
input stages and the code that runs (the model is osbuild's). What makes the result sees nothing
else, so nothing else can shape it: same id, same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.files import digest
from .code import LIBRARY, digests

# Every stage imports this; it hands things on and shapes nothing, see code.py.
SHAPES_NO_RESULT = True

# How options write down a file that another stage makes: the input's name, and the file's.
INPUT, FILE = "of input", "file"


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that a stage takes in, known by their digest; `size` in bytes.

    `name` is what a person calls them. `origin` says where they are had, which is in no id:
    `archive` and `path` of a Debian package (and `root`, the archive's URI, where the spec names
    it), a `url`, or a file `beside` the spec.
    """

    sha256: str
    size: int
    name: str
    origin: Mapping[str, str]
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """All that the maker of a stage sees.

    `inputs` are the results of the input stages, to be read; `blobs` the files of its blobs.
    `place` is the directory that becomes the result: empty, or for a kind with `over` that input's
    tree, to be changed. `identity` is the stage's id, `root` the collection's directory.
    """

    options: Mapping[str, Any]
    inputs: Mapping[str, Path]
    blobs: Mapping[str, Path]
    place: Path
    identity: str
    root: Path

    def resolved(self, value: Any) -> Any:
        """An option, with the path of each file that was given as `Made`."""
        if isinstance(value, Mapping):
            if value.keys() == {INPUT, FILE}:
                return self.inputs[value[INPUT]] / value[FILE]
            return {key: self.resolved(each) for key, each in value.items()}
        return [self.resolved(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Kind:
    """One file of `_stages`, `_export/formats` or `_export/papers`.

    `title` completes "now we …". An `online` stage may use the network; any other runs in a
    namespace without one. The id of a kind `by_values` leaves out code, and inputs that are not by
    values themselves: for what takes so long that a comment must not repeat it, and whose options
    say everything that shapes it. `also`: what it runs besides its own file, relative to the
    collection, see `code.digests`. `over`: the input that `place` begins as. `turn`: who is at work
    online, one at a time; what takes half an hour has one of its own. `quick`: of Debian packages
    it wants the form that unpacks quickly, see _store/quick.py. `together` makes several stages of
    this kind, and gives each one's work back when its result is whole: for what they have in
    common.
    """

    name: str
    title: str
    make: Callable[[Work], None]
    online: bool = False
    by_values: bool = False
    also: tuple[str, ...] = ()
    over: str = ""
    turn: str = "store"
    quick: bool = False
    together: Callable[[Sequence[Work]], Iterator[Work]] | None = None

    @property
    def module(self) -> str:
        """Where it is defined: a dotted name below module_utils, such as `_stages.disk`."""
        return self.make.__module__.partition(".module_utils.")[2]

    def code(self, root: Path) -> dict[str, str]:
        """The digests of what it runs, by path below the collection in `root`.

        Raises VES-110 when any of it is missing.
        """
        return digests(root, [f"{LIBRARY}/{self.module.replace('.', '/')}.py", *self.also])


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a plan; made by `stage`. `name` tells stages of one kind apart.

    `parts` are the digests that the id is made of, by what people call their content.
    """

    kind: Kind
    name: str
    options: Mapping[str, Any]
    inputs: Mapping[str, Stage]
    blobs: Mapping[str, Blob]
    parts: Mapping[str, str] = field(compare=False)
    id: str

    @property
    def title(self) -> str:
        """The kind's title."""
        return self.kind.title


@dataclass(frozen=True, slots=True)
class Made:
    """A file in the result of a stage, as an option of another; that makes it an input, too."""

    stage: Stage
    file: str


def stage(  # noqa: PLR0913 - what a stage is made of
    root: Path,
    kind: Kind,
    *,
    name: str = "",
    options: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Stage] | None = None,
    blobs: Mapping[str, Blob] | None = None,
) -> Stage:
    """The stage of `kind` with these options (plain data, and `Made`), inputs and blobs.

    `root` is the collection's directory, whose code is part of the id. Raises VES-110 when code is
    missing there.
    """
    given, blobs = options or {}, blobs or {}
    inputs = {**(inputs or {}), **{each.name: each for each in _makers(given)}}
    plain: dict[str, Any] = _plain(given)
    counted = {
        key: each for key, each in inputs.items() if each.kind.by_values or not kind.by_values
    }
    parts = {
        **{f"option {key}": digest(value) for key, value in plain.items()},
        **{f"stage {key}": each.id for key, each in counted.items()},
        **{f"file {key}": each.sha256 for key, each in blobs.items()},
        **({"order of files": digest(list(blobs))} if blobs else {}),
        **({} if kind.by_values else kind.code(root)),
    }
    identity = digest({"kind": kind.name, "parts": parts})
    return Stage(kind, name or kind.name, plain, inputs, blobs, parts, identity)


def in_order(goals: Iterable[Stage]) -> list[Stage]:
    """`goals` and all that they are made of, each once, inputs first."""
    found: dict[str, Stage] = {}

    def add(wanted: Stage) -> None:
        if wanted.id not in found:
            for each in wanted.inputs.values():
                add(each)
            found.setdefault(wanted.id, wanted)

    for goal in goals:
        add(goal)
    return list(found.values())


def all_blobs(stages: Iterable[Stage]) -> list[Blob]:
    """The blobs of `stages`, each once."""
    found = {blob.sha256: blob for each in stages for blob in each.blobs.values()}
    return list(found.values())


def _makers(value: Any) -> Iterator[Stage]:
    if isinstance(value, Made):
        yield value.stage
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _makers(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _makers(each)


def _plain(value: Any) -> Any:
    """As JSON has it. Mappings are sorted: a digest says nothing of their order, so a maker must
    not see another one."""
    if isinstance(value, Made):
        return {INPUT: value.stage.name, FILE: value.file}
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
