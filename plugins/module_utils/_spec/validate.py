"""Checking a document against the schema, and saying all that is wrong with it at once.

Cerberus looks at each value; what several values mean together is checked here (VES-212).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from .._common.errors import Problem
from .explain import explained, seen
from .kept import cerberus
from .loader import MOST, Document, shown
from .machine import LABELS, MOST_DISKS, MOST_NETWORKS
from .rules import VERSION
from .schema import Path, dotted, rules_at, schema_of, vessel_of
from .sections.container_runtime import MAJOR as CONTAINERD_MAJOR
from .sections.kubernetes import MINORS as KUBERNETES_MINORS

_NO_COMPONENTS = (
    "Name some, such as `components: [main]`; where there is no directory `dists` the repository is"
    " flat, and its suite ends with a slash: `suites: [./]`."
)


class _Validator(cerberus.Validator):  # type: ignore[misc]  # Cerberus carries no types
    """To Cerberus `true` is an integer, as it is to Python; to people it is not."""

    types_mapping: ClassVar = {
        **cerberus.Validator.types_mapping,
        "integer": cerberus.TypeDefinition("integer", (int,), (bool,)),
    }

    def _error(self, *found: Any) -> None:
        """Note what was found, unless this section has enough of it to mend already: Cerberus
        sorts all of it each time, which took minutes for a file of nothing but unknown keys."""
        if len(self._errors) < MOST:
            super()._error(*found)


def problems_of(document: Document) -> list[Problem]:
    """Everything that is wrong with the document's content."""
    if not isinstance(document.content, dict):
        place = document.places[()]
        what = f"a spec is a section of keys, but this is {seen(document.content, place)}"
        hint = "Start from specs/wasm-node.yml."
        if re.match(r"\w+:\S", place.text):
            hint = "Write a blank after the colon of a key."
        return [Problem("VES-209", what, hint, place.value)]
    validator = _Validator(schema_of(vessel_of(document.content)))
    validator.validate(document.content, normalize=False)
    found = [
        problem for error in _leaves(validator._errors) for problem in explained(document, error)
    ]
    return [*found, *conflicts(document)]


def completed(document: Document) -> dict[str, Any]:
    """The content with its defaults filled in; only for a document without problems."""
    content: dict[str, Any] = _Validator(schema_of(vessel_of(document.content))).normalized(
        document.content
    )
    return content


def conflicts(document: Document) -> list[Problem]:
    """Values that are well-formed each but not available, or not in this company."""
    kubernetes = _version(document, ("kubernetes", "version"))
    containerd = _version(document, ("container_runtime", "containerd"))
    return [
        *_kubernetes_problems(document, kubernetes),
        *_containerd_problems(document, kubernetes, containerd),
        *_default_engine_problems(document),
        *_release_problems(document),
        *_file_problems(document),
        *_repository_problems(document),
        *_unit_problems(document),
        *_machine_problems(document),
    ]


def _kubernetes_problems(document: Document, version: tuple[int, ...] | None) -> Iterator[Problem]:
    if version and (version[0] != 1 or version[1] not in KUBERNETES_MINORS):
        place = document.places["kubernetes", "version"]
        yield Problem(
            "VES-208",
            f"Kubernetes {shown(place.text)} is not available in this version of Vessel",
            f"Choose a version from 1.{KUBERNETES_MINORS[0]} to 1.{KUBERNETES_MINORS[-1]}.",
            place.value,
        )


def _containerd_problems(
    document: Document, kubernetes: tuple[int, ...] | None, containerd: tuple[int, ...] | None
) -> Iterator[Problem]:
    if containerd is None or containerd[0] == CONTAINERD_MAJOR:
        return
    place = document.places["container_runtime", "containerd"]
    example = rules_at(("container_runtime", "containerd"))["meta"]["example"]
    hint = f"Choose a version of containerd {CONTAINERD_MAJOR}, such as {example}."
    if kubernetes and kubernetes >= (1, 36) and containerd[0] < CONTAINERD_MAJOR:
        what = f"Kubernetes 1.36 and later need containerd 2, but this is {shown(place.text)}"
        yield Problem("VES-212", what, hint, place.value)
    else:
        what = f"containerd {shown(place.text)} is not available in this version of Vessel"
        yield Problem("VES-208", what, hint, place.value)


def _default_engine_problems(document: Document) -> Iterator[Problem]:
    runtimes = _value(document, ("wasm", "runtimes"))
    default = _value(document, ("wasm", "default"))
    available = rules_at(("wasm", "default"))["allowed"]
    if not isinstance(runtimes, list) or not runtimes or default not in available:
        return  # that is a problem of its own, told already
    if default not in runtimes:
        yield Problem(
            "VES-212",
            f"`wasm.default` is {default}, which is not one of `wasm.runtimes`",
            f"Add {default} to the runtimes, or choose the default among them.",
            document.places["wasm", "default"].value,
        )


def _release_problems(document: Document) -> Iterator[Problem]:
    """A release is for an engine that is installed, and for each there is one."""
    runtimes = _value(document, ("wasm", "runtimes"))
    first: dict[str, str] = {}
    for place, item in _items(document, ("wasm", "releases")):
        engine = item.get("engine") if isinstance(item, Mapping) else None
        if not isinstance(engine, str) or not isinstance(runtimes, list):
            continue  # told already
        where = document.places[*place, "engine"].value
        if engine in first:
            what = f"`wasm.releases` has {engine} twice, first in {first[engine]}"
            yield Problem("VES-211", what, "Keep one of them.", where)
        elif engine not in runtimes:
            what = f"`wasm.releases` has {engine}, which is not one of `wasm.runtimes`"
            yield Problem("VES-212", what, f"Add {engine} to the runtimes.", where)
        first.setdefault(engine, f"line {where.line}")


def _file_problems(document: Document) -> Iterator[Problem]:
    """Each file has its text here or beside the spec."""
    for path, file in _items(document, ("customize", "files")):
        if isinstance(file, Mapping) and not {"content", "source"} & set(file):
            yield Problem(
                "VES-207",
                f"`{dotted(path)}` has neither `content` nor `source`",
                "Add `content: text`, or `source:` with a file beside the spec.",
                document.places[path].key,
            )


def _repository_problems(document: Document) -> Iterator[Problem]:
    """A flat repository has no components, any other has some, see sources.list(5)."""
    for place, item in _items(document, ("customize", "repositories")):
        suites = item.get("suites") if isinstance(item, Mapping) else None
        if not isinstance(suites, list) or not suites:
            continue  # told already
        where, components = document.places[*place, "suites"], item.get("components")
        flat = [str(suite).endswith("/") for suite in suites]
        if any(flat) and not all(flat):
            what = "flat suites, which end with a slash, and others cannot be of one repository"
            hint = "Write an entry of `repositories` for each kind."
            yield Problem("VES-212", what, hint, where.value)
        elif all(flat) and components:
            what = "the suite of a flat repository, which ends with a slash, has no components"
            hint = "Take `components` out, or the slash."
            yield Problem("VES-212", what, hint, document.places[*place, "components"].value)
        elif not any(flat) and not components and "components" in item:
            what = "`customize.repositories[].components` is empty"
            yield Problem(
                "VES-210", what, _NO_COMPONENTS, document.places[*place, "components"].value
            )
        elif not any(flat) and not components:
            what = "`customize.repositories[].components` is missing"
            yield Problem("VES-207", what, _NO_COMPONENTS, where.key)


def _unit_problems(document: Document) -> Iterator[Problem]:
    """A unit is enabled, disabled or masked, not two of these."""
    first: dict[str, str] = {}
    for state in ("enabled", "disabled", "masked"):
        for place, unit in _items(document, ("customize", "units", state)):
            if not isinstance(unit, str):
                continue
            if first.setdefault(unit, state) != state:
                what = f"{unit} cannot be both {first[unit]} and {state}"
                yield Problem("VES-212", what, "Keep one.", document.places[place].value)


def _machine_problems(document: Document) -> Iterator[Problem]:
    """Each property has a key of its own, labels are said as such, and there is room for disks and
    networks."""
    first: dict[str, str] = {}
    for place, item in _items(document, ("machine", "product", "properties")):
        key = item.get("key") if isinstance(item, Mapping) else None
        if not isinstance(key, str):
            continue  # told already
        where = document.places[*place, "key"].value
        if first.setdefault(key, f"line {where.line}") != f"line {where.line}":
            what = f"`machine.product.properties` has {shown(key)} twice, first in {first[key]}"
            yield Problem("VES-211", what, "Keep one of them.", where)
    for name, most in (("disks", MOST_DISKS), ("networks", MOST_NETWORKS)):
        given = _value(document, ("machine", name))
        if isinstance(given, list) and len(given) > most:
            what = f"`machine.{name}` has {len(given)} entries, and a machine has room for {most}"
            where = document.places["machine", name, most].value
            yield Problem("VES-210", what, f"Keep {most} of them.", where)
    extra = _value(document, ("machine", "extra_configuration"))
    if isinstance(extra, Mapping) and LABELS in extra:
        what = f"`machine.extra_configuration` has {LABELS}, which Vessel makes of `machine.labels`"
        where = document.places["machine", "extra_configuration", LABELS].key
        yield Problem("VES-212", what, "Write the labels there.", where)


def _items(document: Document, path: Path) -> Iterator[tuple[Path, Any]]:
    found = _value(document, path)
    for index, item in enumerate(found if isinstance(found, list) else ()):
        yield (*path, index), item


def _value(document: Document, path: Path) -> Any:
    value = document.content
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _version(document: Document, path: Path) -> tuple[int, ...] | None:
    value = _value(document, path)
    if not isinstance(value, str) or not re.match(VERSION, value):
        return None
    # Longer numbers are no versions, and Python refuses to convert very long ones.
    return tuple(int(number[:9]) for number in value.split("."))


def _leaves(found: Iterable[Any]) -> Iterator[Any]:
    for error in found:
        if error.is_group_error:
            yield from _leaves(error.child_errors)
        else:
            yield error
