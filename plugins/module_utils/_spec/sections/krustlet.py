"""Krustlet, a second node in the same machine."""

from __future__ import annotations

from ..rules import flag, section

RULES = section(
    "Krustlet, a second node in the same machine, for WebAssembly pods only.",
    {"enabled": flag("Install it; it joins when it is given a token.", default=False)},
    default={},
)
