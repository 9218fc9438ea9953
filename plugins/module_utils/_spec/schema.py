"""The one schema of a spec, as Cerberus reads it.

It drives validation, the explanation in errors and `docs/spec.md`. What Cerberus does not look at
lies under `meta`:

- `about`: one sentence for people;
- `example`: a right value as YAML text, for hints;
- `planned`: values that are known but not built yet; they are refused as "not available in this
  version" instead of as nonsense.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._kinds.architectures import ARCHITECTURES, BUILDER
from .._kinds.distributions import DEFAULT, DISTRIBUTIONS
from .._kinds.engines import DEFAULT as DEFAULT_ENGINE
from .._kinds.engines import ENGINES
from .._kinds.formats import DEFAULT as DEFAULT_FORMAT
from .._kinds.formats import FORMATS
from .customize import CUSTOMIZE, fetched
from .rules import choice, choices, flag, planned, section, several, version

Path = tuple[str | int, ...]

KUBERNETES_MINORS = range(33, 38)  # 1.33 … 1.37: the Go modules that can be had and built
CONTAINERD_MAJOR = 2  # the node's configuration is written in containerd 2's format

DNS_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z"  # RFC 1123, section 2.1


def _of_all(what: str) -> list[str]:
    """The names in `releases` or `kernels` of every distribution, each once."""
    named = (getattr(each, what) for each in DISTRIBUTIONS.values())
    return list(dict.fromkeys(name for names in named for name in names))


SCHEMA: dict[str, Any] = {
    "schema": choice("The version of this format.", [1], [], required=True),
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
    "vessel": choice(
        "The kind of machine.",
        ["general-purpose"],
        ["real-time", "linuxkit", "microvm", "unikernel"],
        default="general-purpose",
    ),
    "architectures": choices(
        "The processors to build for, in Debian's names.",
        [name for name, each in ARCHITECTURES.items() if each.available],
        [name for name, each in ARCHITECTURES.items() if not each.available],
        [BUILDER],
    ),
    "operating_system": section(
        "What the node's userland and kernel come from.",
        {
            "distribution": choice("The distribution.", list(DISTRIBUTIONS), [], default=DEFAULT),
            "release": choice(
                "Its release, by code name.",
                _of_all("releases"),
                [],
                default=next(iter(DISTRIBUTIONS[DEFAULT].releases)),
            ),
            "kernel": choice(
                "`cloud` is small and made for virtual machines; `generic` carries every driver.",
                _of_all("kernels"),
                [],
                default="cloud",
            ),
        },
        default={},
    ),
    "kubernetes": section(
        "The Kubernetes of the node.",
        {
            "version": version(
                f"The exact version, quoted; 1.{KUBERNETES_MINORS[0]} to "
                f"1.{KUBERNETES_MINORS[-1]}. The versions of kubeadm, etcd, CoreDNS and pause "
                "follow from it.",
                "1.36.3",
                required=True,
            )
        },
        required=True,
    ),
    "container_runtime": section(
        "What runs the node's containers.",
        {
            "containerd": version(
                f"The exact version of containerd {CONTAINERD_MAJOR}, quoted.",
                "2.4.2",
                default="2.4.2",
            )
        },
        default={},
    ),
    "wasm": section(
        "The WebAssembly engines of the node.",
        {
            "runtimes": choices(
                "The engines to install; each gets a RuntimeClass of its name.",
                list(ENGINES),
                [],
                [DEFAULT_ENGINE],
            ),
            "default": choice(
                "The engine of the RuntimeClass `wasm`: one of `wasm.runtimes`, by default the"
                " first of them.",
                list(ENGINES),
                [],
                default_setter=lambda wasm: wasm["runtimes"][0],
            ),
            "releases": several(
                "What somebody released: a shim in place of the one that Vessel builds, or the"
                " plug-in for WASI-NN that Debian's WasmEdge comes without.",
                section(
                    "",
                    {
                        "engine": choice(
                            "The engine that it is for; one of `wasm.runtimes`.",
                            list(ENGINES),
                            [],
                            required=True,
                        ),
                        **fetched("https://example.com/containerd-shim.tar.gz"),
                    },
                ),
                f"[{{engine: {DEFAULT_ENGINE}, url: …, sha256: …}}]",
            ),
        },
        default={},
    ),
    "krustlet": section(
        "Krustlet, a second node in the same machine, for WebAssembly pods only.",
        {"enabled": flag("Install it; it joins when it is given a token.", default=False)},
        default={},
    ),
    "preload": section(
        "What lies on the image so that the node need not pull it.",
        {"control_plane": flag("Preload the images of kubeadm's control plane.", default=True)},
        default={},
    ),
    "customize": CUSTOMIZE,
    "components": {
        "check_with": planned,
        "nullable": True,
        "meta": {"about": "Where a component comes from. Not available in this version."},
    },
    "outputs": choices("The disk formats to write.", FORMATS, [], [DEFAULT_FORMAT]),
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
    """Every field with its path, a section before its fields, in the order people write them.

    The fields of a list's items have the index 0 in their path.
    """
    for name, rules in schema.items():
        path = (*parent, name)
        yield path, rules
        listed = rules.get("type") == "list"
        inner = rules["schema"] if listed else rules
        if inner.get("type") == "dict" and "schema" in inner:
            yield from fields(inner["schema"], (*path, 0) if listed else path)


def dotted(path: Path) -> str:
    """A path as people write it: `customize.files[].mode`."""
    words = ("[]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(words).removeprefix(".")
