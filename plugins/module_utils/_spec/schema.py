"""The one schema of a spec, as Cerberus reads it.

It drives validation, the explanation in errors and `docs/spec.md`. What Cerberus does not look at
lies under `meta`:

- `about`: one sentence for people;
- `example`: a right value as YAML text, for hints;
- `planned`: values that are known but not built yet; they are refused as "not available in this
  version" instead of as nonsense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

PLANNED = "planned"
REPEATED = "repeated"

KUBERNETES_MINORS = range(33, 38)  # 1.33 … 1.37: the Go modules that can be had and built
CONTAINERD_MAJOR = 2  # the node's configuration is written in containerd 2's format

_NUMBER = "(0|[1-9][0-9]*)"
VERSION = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}\Z"
DNS_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z"  # RFC 1123, section 2.1


def planned(field: str, _value: object, error: Callable[[str, str], None]) -> None:
    """Refuse a field that a later version will read."""
    error(field, PLANNED)


def unique(field: str, value: list[object] | None, error: Callable[[str, str], None]) -> None:
    """Refuse a list that names something twice. Cerberus asks for a null too; `nullable` tells."""
    if value and len({str(item) for item in value}) < len(value):
        error(field, REPEATED)


def _choice(about: str, available: list[Any], later: list[str], **rules: Any) -> dict[str, Any]:
    kind = "integer" if isinstance(available[0], int) else "string"
    return {
        "type": kind,
        "allowed": available,
        "meta": {"about": about, "planned": later, "example": str(available[0])},
        **rules,
    }


def _choices(
    about: str, available: list[str], later: list[str], default: list[str]
) -> dict[str, Any]:
    return {
        "type": "list",
        "minlength": 1,
        "check_with": unique,
        "schema": _choice("", available, later),
        "default": default,
        "meta": {"about": about, "example": f"[{available[0]}]"},
    }


def _section(about: str, fields: dict[str, Any], **rules: Any) -> dict[str, Any]:
    return {"type": "dict", "schema": fields, "meta": {"about": about, "example": ""}, **rules}


def _version(about: str, example: str, **rules: Any) -> dict[str, Any]:
    return {
        "type": "string",
        "regex": VERSION,
        "meta": {"about": about, "example": f'"{example}"'},
        **rules,
    }


SCHEMA: dict[str, Any] = {
    "schema": _choice("The version of this format.", [1], [], required=True),
    "name": {
        "type": "string",
        "regex": DNS_LABEL,
        "required": True,
        "meta": {
            "about": "Names the image and its output folder: a DNS label, that is 1 to 63 "
            "lower-case letters, digits and inner hyphens.",
            "example": "wasm-node",
        },
    },
    "vessel": _choice(
        "The kind of machine.",
        ["general-purpose"],
        ["real-time", "linuxkit", "microvm", "unikernel"],
        default="general-purpose",
    ),
    "architectures": _choices(
        "The processors to build for, in Debian's names.", ["amd64"], ["arm64"], ["amd64"]
    ),
    "operating_system": _section(
        "What the node's userland and kernel come from.",
        {
            "distribution": _choice("The distribution.", ["debian"], [], default="debian"),
            "release": _choice("Its release, by code name.", ["trixie"], [], default="trixie"),
            "kernel": _choice(
                "`cloud` is small and made for virtual machines; `generic` carries every driver.",
                ["cloud", "generic"],
                [],
                default="cloud",
            ),
        },
        default={},
    ),
    "kubernetes": _section(
        "The Kubernetes of the node.",
        {
            "version": _version(
                f"The exact version, quoted; 1.{KUBERNETES_MINORS[0]} to "
                f"1.{KUBERNETES_MINORS[-1]}. The versions of kubeadm, etcd, CoreDNS and pause "
                "follow from it.",
                "1.36.3",
                required=True,
            )
        },
        required=True,
    ),
    "container_runtime": _section(
        "What runs the node's containers.",
        {
            "containerd": _version(
                f"The exact version of containerd {CONTAINERD_MAJOR}, quoted.",
                "2.4.2",
                default="2.4.2",
            )
        },
        default={},
    ),
    "wasm": _section(
        "The WebAssembly engines of the node.",
        {
            "runtimes": _choices(
                "The engines to install; each gets a RuntimeClass of its name.",
                ["wasmedge"],
                ["wasmtime", "wasmer"],
                ["wasmedge"],
            ),
            "default": _choice(
                "The engine that is meant when nothing is said; one of `wasm.runtimes`.",
                ["wasmedge"],
                ["wasmtime", "wasmer"],
                default="wasmedge",
            ),
        },
        default={},
    ),
    "preload": _section(
        "What lies on the image so that the node need not pull it.",
        {
            "control_plane": {
                "type": "boolean",
                "default": True,
                "meta": {
                    "about": "Preload the images of kubeadm's control plane.",
                    "example": "true",
                },
            }
        },
        default={},
    ),
    "customize": {
        "type": "dict",
        "valuesrules": {"check_with": planned, "nullable": True},
        "default": {},
        "meta": {
            "about": "Your own packages, files, roles, sysctls, kernel arguments, certificates and "
            "repositories. It must be empty: none of these is available in this version.",
            "example": "{}",
        },
    },
    "components": {
        "check_with": planned,
        "nullable": True,
        "meta": {"about": "Where a component comes from. Not available in this version."},
    },
    "outputs": _choices("The disk formats to write.", ["qcow2", "raw"], [], ["qcow2"]),
}


def rules_at(path: Path) -> Mapping[str, Any]:
    """The rules for the value at `path`; for the document itself, rules that hold `SCHEMA`."""
    rules: Mapping[str, Any] = {"schema": SCHEMA}
    for step in path:
        if "valuesrules" in rules:
            rules = rules["valuesrules"]
        elif isinstance(step, int):
            rules = rules["schema"]
        else:
            rules = rules["schema"][step]
    return rules


def fields(
    schema: Mapping[str, Any] = SCHEMA, parent: Path = ()
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every field with its path, a section before its fields, in the order people write them."""
    for name, rules in schema.items():
        path = (*parent, name)
        yield path, rules
        if rules.get("type") == "dict" and "schema" in rules:
            yield from fields(rules["schema"], path)
