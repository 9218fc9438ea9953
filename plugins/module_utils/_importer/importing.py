"""From image-builder's variables to a spec: read, take each, check, and say what was left."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.redact import REDACTED, names_secret, redacted
from .._common.scratch import scratch
from .._spec.load import load_spec
from .._spec.schema import DNS_LABEL
from . import containerd, machine, packer, roles, specfile, writing
from .draft import Draft, Kind, Left, Request
from .keys import KEYS, Mapped
from .texts import assignments, is_off
from .variables import Variable, read

USER_VARIABLES = "ansible_user_vars"
_LOOKS = "it holds what looks like a secret (a password, a token, the query of a URL)"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gives: the spec's text; all files by their path below the spec's directory,
    the spec last; what was mapped (key and where to), and what was not; and what the spec still
    lacks, in the words of its own errors."""

    text: str
    sources: dict[str, writing.Source]
    mapped: list[tuple[str, str]]
    left: list[Left]
    lacks: list[str]


def imported(request: Request, root: Path) -> Imported:
    """Read the request's files; nothing is written but scratch. `root` is the collection.

    Raises what reading raises, VES-875 and VES-876 for containerd's settings, VES-879 for
    assignments that cannot be split, and VES-880 when the spec's name cannot be an image's.
    """
    name = request.spec.stem
    if not re.match(DNS_LABEL, name):
        what = f"{name!r} names the image, and is no DNS label"
        hint = "Name the spec with small letters, digits and inner hyphens: specs/my-node.yml."
        raise VesselError.of("VES-880", what, hint)
    raw = read(request.files)
    draft = Draft(request, packer.resolved(raw, _is_secret))
    origin = draft.variables.get(USER_VARIABLES)
    if origin:
        _spread(draft, origin)
    mapped = list(_taken(draft, packer.named(raw)))
    if request.properties and machine.properties(draft, read([request.properties])):
        mapped.append(("OVF_CUSTOM_PROPERTIES", "`machine.product`"))
    containerd.put(draft)
    roles.put_variables(draft, _known(draft))
    if draft.problems:
        raise VesselError(*draft.problems)
    text = specfile.text(name, draft.spec, _schema_file(request.spec, root))
    left = sorted(draft.left, key=lambda each: (each.where.file, each.where.line, each.key))
    lacks = _lacks(request.spec, text, draft.sources)
    return Imported(text, {**draft.sources, request.spec.name: text.encode()}, mapped, left, lacks)


def _known(draft: Draft) -> dict[str, str]:
    """image-builder's own variables that a role may read: no secrets, and nothing unfilled."""
    return {
        key: each.text
        for key, each in draft.variables.items()
        if key in KEYS and each.text and not _is_secret(key) and not _unfit(each)
    }


def _is_secret(key: str) -> bool:
    """By the table, and for a key that is not in it by its name."""
    entry = KEYS.get(key)
    if entry is None:
        return names_secret(key)
    return not isinstance(entry, Mapped) and entry.kind is Kind.SECRET


def _spread(draft: Draft, origin: Variable) -> None:
    """Take `ansible_user_vars` apart: variables of image-builder's win over the same key of a file,
    as Ansible has it, and all others are for custom roles."""
    try:
        given, other = assignments(origin.text)
    except ValueError as error:
        what = f"`{origin.key}` cannot be split into key=value: {error}"
        hint = "Close each quote within it."
        raise VesselError.of("VES-879", what, hint, origin.where) from error
    if other:
        draft.leave(origin, Kind.MISSING, f"{len(other)} of its words are not key=value")
    for key, value in given.items():
        if roles.is_of_the_connection(key):
            what = f"`{key}` says how Ansible reaches a machine; there is none to reach"
            draft.leave(origin, Kind.NOT_NEEDED, what)
        elif _is_secret(key) or REDACTED in value or redacted(value) != value:
            draft.leave(origin, Kind.SECRET, f"`{key}`: {_LOOKS}")
        elif packer.OPEN.search(value):
            draft.leave(origin, Kind.MISSING, f"`{key}` holds a template that nobody filled")
        elif _is_ansibles(key):
            draft.variables[key] = Variable(key, value, origin.where)
            draft.spread.add(key)
        else:
            draft.role_variables[key] = value


def _is_ansibles(key: str) -> bool:
    """Whether image-builder's own roles read a variable of that name. Many names of other builders
    are words that a role may have, too: `version`, `size`."""
    entry = KEYS.get(key)
    if isinstance(entry, Mapped):
        return not entry.packers
    return entry is not None and entry.kind is not Kind.OTHER


def _taken(draft: Draft, named: set[str]) -> Iterator[tuple[str, str]]:
    """Take each variable, those of the table in its order; yield what found a place."""
    for key, entry in KEYS.items():
        variable = draft.variables.get(key)
        if variable is None:
            continue
        if not variable.text.strip():
            draft.leave(variable, Kind.EMPTY, "has no value")
        elif not isinstance(entry, Mapped):
            off = entry.kind is Kind.LATER and is_off(variable.text)
            why = (Kind.EMPTY, "is not switched on") if off else (entry.kind, entry.reason)
            draft.leave(variable, *why)
        elif not entry.opaque and (unfit := _unfit(variable)):
            draft.leave(variable, *unfit)
        else:
            before = len(draft.left)
            if entry.take(draft, variable):
                yield key, entry.to
            elif len(draft.left) == before and not draft.problems:
                draft.leave(variable, Kind.EMPTY, "it names nothing")
    for key, variable in draft.variables.items():
        if key not in KEYS:
            draft.leave(variable, *_unknown(key, named))


def _unfit(variable: Variable) -> tuple[Kind, str] | None:
    """Why a value can go nowhere, whatever its key; None when it can."""
    if redacted(variable.text) != variable.text or REDACTED in variable.text:
        return Kind.SECRET, _LOOKS
    if packer.OPEN.search(variable.text):
        return Kind.MISSING, "it holds a template that only Packer, or a rendering, fills"
    return None


def _unknown(key: str, named: set[str]) -> tuple[Kind, str]:
    if names_secret(key):
        return Kind.SECRET, "by its name it is a secret"
    if key in named:
        return Kind.NOT_NEEDED, "a variable of your own; its value went where another one names it"
    near = difflib.get_close_matches(key, KEYS, n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return Kind.UNKNOWN, f"image-builder has no such key, and would pass over it{meant}"


def _schema_file(spec: Path, root: Path) -> str:
    """Where editors find the schema, from the spec's directory; empty outside of the clone."""
    schema = root / "docs/spec.schema.json"
    directory = spec.resolve().parent
    if not directory.is_relative_to(root.resolve()) or not schema.is_file():
        return ""
    return os.path.relpath(schema.resolve(), directory)


def _lacks(spec: Path, text: str, sources: dict[str, writing.Source]) -> list[str]:
    """What our own reader of specs says of it, with its files beside it."""
    with scratch("import") as place:
        trial = place / spec.name
        writing.lay(place, {**sources, spec.name: text.encode()})
        try:
            load_spec(trial)
        except VesselError as error:
            return [str(problem).replace(f"{place}/", "") for problem in error.problems]
    return []


def told(result: Imported) -> dict[str, Any]:
    """The result as plain values, for a module."""
    return {
        "mapped": [{"key": key, "to": to} for key, to in result.mapped],
        "left": [
            {"key": e.key, "kind": str(e.kind), "reason": e.reason, "where": str(e.where)}
            for e in result.left
        ],
        "missing": result.lacks,
    }
