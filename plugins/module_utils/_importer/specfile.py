"""The text of a spec, with the order and the comments of those that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from .._kinds.formats import DEFAULT as DEFAULT_FORMAT
from .._spec.customize import CUSTOMIZE
from .._spec.schema import SCHEMA

ORIGIN = "From image-builder's variables, by vessel.image.import_image_builder."
_COMMENTS = {
    ("kubernetes", "version"): "kubeadm, etcd, CoreDNS, pause versions follow from it",
    ("operating_system", "kernel"): "or: {other}",
}
_COLUMN = 27
# What stands there when nothing was imported.
_EMPTY = {
    "kubernetes": [
        "# kubernetes:               # missing: no file says which version",
        '#   version: "1.36.3"',
    ],
    "customize": [
        "customize: {}              # packages, files, roles, sysctls, kernel_arguments,"
        " certificates,",
        "                           # repositories: bring your own",
    ],
}
_WIDTH = 96


class _Dumper(yaml.SafeDumper):
    """Lists of plain values in brackets, all else in lines; versions in double quotes."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Version(str):
    """A text that people expect in quotes."""


def _listed(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    plain = not any(isinstance(item, Mapping | list) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=plain)


def _quoted(dumper: yaml.SafeDumper, value: _Version) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')


_Dumper.add_representer(list, _listed)
_Dumper.add_representer(_Version, _quoted)


def text(name: str, spec: Mapping[str, Any], schema_file: str) -> str:
    """The spec as YAML. `schema_file` is the path of the JSON Schema from the spec's directory;
    empty for none."""
    lines = [f"# yaml-language-server: $schema={schema_file}"] if schema_file else []
    lines += ["---", f"# {ORIGIN}"]
    for key, value in _complete(name, spec).items():
        if not value and key in _EMPTY:
            lines += _EMPTY[key]
        else:
            lines += _commented(key, _dumped({key: value}))
    return "\n".join(lines) + "\n"


def _complete(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What was imported beside the defaults that shipped specs show, in the schema's order."""
    shown: dict[str, Any] = {
        "schema": 1,
        "name": name,
        "vessel": SCHEMA["vessel"]["default"],
        "architectures": spec.get("architectures", SCHEMA["architectures"]["default"]),
        "operating_system": _with_defaults("operating_system", spec),
        "kubernetes": spec.get("kubernetes", {}),
        "container_runtime": _with_defaults("container_runtime", spec),
        "wasm": _wasm(),
        "preload": {"control_plane": True},
        "customize": _ordered(spec.get("customize", {})),
        "outputs": spec.get("outputs", [DEFAULT_FORMAT]),
    }
    for section, key in (("kubernetes", "version"), ("container_runtime", "containerd")):
        if key in shown[section]:
            shown[section] = {**shown[section], key: _Version(shown[section][key])}
    shown = {**spec, **shown}
    return {key: shown[key] for key in SCHEMA if key in shown}


def _with_defaults(section: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    fields = SCHEMA[section]["schema"]
    given = spec.get(section, {})
    shown = {key: given.get(key, rules.get("default")) for key, rules in fields.items()}
    return {key: value for key, value in shown.items() if key in given or key != "time"}


def _wasm() -> dict[str, Any]:
    runtimes = SCHEMA["wasm"]["schema"]["runtimes"]["default"]
    return {"runtimes": runtimes, "default": runtimes[0]}


def _ordered(customize: Mapping[str, Any]) -> dict[str, Any]:
    """By the schema, a section's own keys as well."""
    found = {}
    for key, rules in CUSTOMIZE["schema"].items():
        value = customize.get(key)
        if isinstance(value, Mapping) and "schema" in rules:
            value = {name: value[name] for name in rules["schema"] if value.get(name)}
        if value:
            found[key] = value
    return found


def _dumped(value: Mapping[str, Any]) -> list[str]:
    told = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True,
        default_flow_style=False,
    )  # fmt: skip
    return told.rstrip("\n").split("\n")


def _commented(section: str, lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        key, _, value = line.strip().partition(": ")
        comment = _COMMENTS.get((section, key))
        if comment:
            other = "generic" if value == "cloud" else "cloud"
            lines[number] = f"{line:<{_COLUMN - 1}} # {comment.format(other=other)}"
    return lines
