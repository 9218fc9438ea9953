"""From a file name to a `Spec`."""

from __future__ import annotations

import difflib
from pathlib import Path

from .._common.errors import Position, Problem, VesselError
from .beside import problems_beside
from .loader import MAX_BYTES, MOST, parse
from .model import Spec
from .writers import problems_of_writers


def load_spec(path: Path) -> Spec:
    """Read, check and complete the spec in `path`.

    Raises a `VesselError` with every problem of the file (VES-2nn, in the order of its lines, a
    hundred at most), or VES-201 when it cannot be read. VES-912 says that Cerberus is missing.
    """
    # Not at the top: without Cerberus Ansible would show a traceback before any word of ours.
    try:
        from .validate import completed, problems_of  # noqa: PLC0415
    except ImportError as error:
        raise VesselError.of(
            "VES-912",
            f"this Ansible has not all the libraries beside it that Vessel needs: {error.msg}",
            "In a clone: `make setup`, then `. .venv/bin/activate`. Otherwise install what the"
            " collection's requirements.txt lists.",
        ) from error
    document = parse(_read(path), str(path))
    problems = [
        *document.problems,
        *problems_of(document),
        *problems_beside(document, path.parent),
        *problems_of_writers(document, path.parent),
    ]
    if problems:
        raise VesselError(*sorted(problems, key=_order)[:MOST])
    return Spec.of(completed(document))


def package_places(path: Path) -> dict[str, Position]:
    """Where the spec in `path`, which `load_spec` has read, names each of its packages."""
    document = parse(_read(path), str(path))
    named = ("customize", "packages")
    return {
        place.text: place.value
        for steps, place in document.places.items()
        if steps[:2] == named and len(steps) == 3
    }


def repository_places(path: Path) -> list[Position]:
    """Where the spec in `path` names the address of each of its package repositories, in order."""
    document = parse(_read(path), str(path))
    named = ("customize", "repositories")
    return [
        place.value
        for steps, place in document.places.items()
        if steps[:2] == named and steps[3:] == ("uri",)
    ]


def _order(problem: Problem) -> tuple[int, int, str, str]:
    """By place; Cerberus gives missing keys, which have one place, in a random order."""
    place = problem.position
    where = (place.line, place.column) if place else (1, 1)
    return (*where, problem.code, problem.what)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than allowed is enough to refuse it
    except FileNotFoundError as error:
        raise VesselError.of("VES-201", f"there is no spec {path}", _nearby(path)) from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise VesselError.of(
            "VES-201", f"the spec {path} cannot be read: {why}", "Name a readable YAML file."
        ) from error


def _nearby(path: Path) -> str:
    try:
        found = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"The folder {path.parent} does not exist either."
    specs = [name for name in found if name.endswith((".yml", ".yaml"))]
    near = [name for name in specs if Path(name).stem == path.name]
    near += [n for n in difflib.get_close_matches(path.name, specs, n=3) if n not in near]
    if near:
        return "Did you mean " + " or ".join(str(path.parent / name) for name in near) + "?"
    return f"The specs there are: {', '.join(specs)}." if specs else "There is no spec beside it."
