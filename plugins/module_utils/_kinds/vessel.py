"""The form of a file in `vessels/`: what a kind of machine has of a spec and of a proof.

How its image is made is in the file of the same name in `_vessels`, which comes after all that it
is made with.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vessel:
    """One vessel. `sections` are those of the spec that it has besides the keys of every spec, in
    the order in which people write them; `phases` those of its proof."""

    sections: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    name: str = ""
