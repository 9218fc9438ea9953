"""JSON that others wrote, as the forms of the OCI image specification: the one place that looks.

What passes here has the types that the rest of this room relies on; keys may be missing where the
specification allows it. Formats: image-index.md, manifest.md, config.md and descriptor.md of
https://github.com/opencontainers/image-spec/blob/v1.1.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Descriptor = Mapping[str, Any]  # mediaType, digest, size; perhaps platform and annotations


class Odd(ValueError):
    """A document is not of its form; the text completes "it cannot be preloaded: …"."""


def document(data: bytes, what: str) -> dict[str, Any]:
    """The JSON object in `data`, of which `what` says what it is."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Odd(f"its {what} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Odd(f"its {what} is not a JSON object")
    return found


def children(index: Mapping[str, Any]) -> Sequence[Descriptor]:
    """The descriptors of an index, each whole."""
    return [
        _descriptor(each, "index", ("mediaType", "digest", "size"))
        for each in _list(index, "manifests", "index")
    ]


def manifest(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A manifest whose configuration and layers, as far as it has them, are descriptors."""
    config = found.get("config")
    config = {} if config is None else config
    layers = _list(found, "layers", "manifest")
    parts = [_descriptor(each, "manifest") for each in (config, *layers)]
    return {**found, "config": parts[0], "layers": parts[1:]}


def platform(config: Mapping[str, Any]) -> Mapping[str, str]:
    """What a configuration says of the machine that its image is for."""
    return _texts({key: config[key] for key in ("os", "architecture") if key in config}, "platform")


def _list(found: Mapping[str, Any], key: str, what: str) -> list[Any]:
    value = found.get(key)
    if value is not None and not isinstance(value, list):
        raise Odd(f"`{key}` of its {what} is not a list")
    return value or []


def _descriptor(found: Any, what: str, needs: Sequence[str] = ()) -> Descriptor:
    if not isinstance(found, dict):
        raise Odd(f"an entry of its {what} is not a JSON object")
    for key in ("mediaType", "digest"):
        if not isinstance(found.get(key, ""), str):
            raise Odd(f"`{key}` of an entry of its {what} is not a text")
    size = found.get("size", 0)
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Odd(f"`size` of an entry of its {what} is not a number of bytes")
    if missing := [key for key in needs if key not in found]:
        raise Odd(f"an entry of its {what} has no {' and no '.join(missing)}")
    whole = dict(found)
    for key in ("platform", "annotations"):
        if whole.pop(key, None) is not None:
            whole[key] = _texts(found[key], key)
    return whole


def _texts(found: Any, what: str) -> Mapping[str, str]:
    """Without lists, which a platform has of features that nobody here asks for."""
    if not isinstance(found, dict):
        raise Odd(f"its {what} is not a JSON object")
    texts = {key: each for key, each in found.items() if not isinstance(each, list)}
    if not all(isinstance(each, str) for each in texts.values()):
        raise Odd(f"its {what} is not made of texts")
    return texts
