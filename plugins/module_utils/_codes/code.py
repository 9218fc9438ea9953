"""What a code stands for; the texts lie beside this file, by the first digit of their codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of failure: what it is in a few words, why it happens, and what to do about it."""

    title: str
    meaning: str
    remedy: str
