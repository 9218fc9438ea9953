"""`extra_repos`: files of package sources, in apt's one-line form (`.list`) or as deb822
(`.sources`), see sources.list(5). Of RPM distributions they are `.repo`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .draft import Draft, Kind, fits, slug
from .texts import is_true, words
from .variables import Variable

# Its archives are for another system than the node's. By code name, with `-updates` and the like.
_UBUNTU = ("focal", "jammy", "noble", "plucky", "questing", "resolute")
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>\S.*)")
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Source:
    """One source: `key` is a path in the machine, or the key itself."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    key: str
    trusted: bool


def repositories(draft: Draft, variable: Variable) -> bool:
    """An entry for each source that somebody signs, with its key beside the spec."""
    taken = False
    for name in words(variable.text):
        path = draft.request.found(name)
        if name.endswith(".repo"):
            draft.leave(
                variable, Kind.OTHER, f"{name} is of an RPM distribution; the node is Debian"
            )
        elif path is None or not path.is_file():
            draft.leave(variable, Kind.MISSING, f"there is no file {name} here")
        else:
            taken |= _file(draft, variable, name, path)
    return taken


def _file(draft: Draft, variable: Variable, name: str, path: Path) -> bool:
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES).decode(errors="replace")
    found = list(_deb822(text) if path.suffix == ".sources" else _lines(text))
    if not found:
        draft.leave(variable, Kind.MISSING, f"{name} names no source of packages")
    taken = 0
    for source in found:
        label = slug(path.stem) + (f"-{taken + 1}" if taken else "")
        if entry := _entry(draft, variable, f"{name}: {source.uri}", source, label):
            taken += draft.add(("customize", "repositories"), [entry])
    return taken > 0


def _entry(
    draft: Draft, variable: Variable, said: str, source: _Source, name: str
) -> dict[str, object] | None:
    place = ("customize", "repositories", 0)
    if any(suite.split("-")[0] in _UBUNTU for suite in source.suites):
        draft.leave(variable, Kind.OTHER, f"{said} is an archive for Ubuntu; the node is Debian")
    elif not fits((*place, "uri"), source.uri):
        draft.leave(variable, Kind.MISSING, f"{said} is no http or https URL without a user's name")
    elif not source.suites or not all(fits((*place, "suites", 0), s) for s in source.suites):
        draft.leave(variable, Kind.MISSING, f"{said} has no suite that the spec takes")
    elif not all(fits((*place, "components", 0), part) for part in source.components):
        draft.leave(variable, Kind.MISSING, f"{said} has a component that the spec does not take")
    elif (key := _key(draft, source, name)) is None:
        why = "trusts what nobody signed" if source.trusted else "does not say which key signs it"
        how = "write its entry into `customize.repositories`, with the key beside the spec"
        draft.leave(variable, Kind.MISSING, f"{said} {why}, or the key is not here: {how}")
    else:
        entry: dict[str, object] = {
            "name": name, "uri": source.uri, "suites": list(source.suites),
        }  # fmt: skip
        if source.components:
            entry["components"] = list(source.components)
        entry["key"] = key
        if is_true(draft.text("remove_extra_repos")):
            entry["keep"] = False
        return entry
    return None


def _key(draft: Draft, source: _Source, name: str) -> str | None:
    """The path of the public key beside the spec; None where there is none."""
    if source.key.startswith("-----BEGIN PGP PUBLIC"):
        return draft.source(f"keys/{name}.asc", source.key.encode())
    found = draft.request.found(source.key) if source.key.startswith("/") else None
    if found is None or not found.is_file():
        return None
    return draft.source(f"keys/{name}{found.suffix or '.gpg'}", found)


def _lines(text: str) -> Iterator[_Source]:
    for line in text.splitlines():
        found = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if not found:
            continue  # a comment, or deb-src
        options = dict(part.partition("=")[::2] for part in (found["options"] or "").split())
        uri, *rest = found["rest"].split()
        key = options.get("signed-by", "").split(",")[0]
        trusted = is_true(options.get("trusted", "no"))
        yield _Source(uri, tuple(rest[:1]), tuple(rest[1:]), key, trusted)


def _deb822(text: str) -> Iterator[_Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        last = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t"):
                fields[last] = f"{fields.get(last, '')}\n{line.strip()}"
            elif ":" in line:
                last, _, value = line.partition(":")
                last = last.strip().lower()
                fields[last] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled") == "no":
            continue
        # A line of its own with a dot is an empty one within the key.
        lines = ["" if line == "." else line for line in fields.get("signed-by", "").split("\n")]
        key = "\n".join(lines).strip() + ("\n" if len(lines) > 1 else "")
        for uri in fields.get("uris", "").split():
            yield _Source(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                key,
                is_true(fields.get("trusted", "no")),
            )
