"""Checks of the exported files: they are what was summed up, and an image of spec and lock as they
are now."""

from __future__ import annotations

from ..._common.files import sha256_file
from ..check import Verdict, check, compare, good, none_of
from ..context import Context
from ..phases import IMAGE, PODS

LARGEST = 900_000_000


@check("image.sums", IMAGE.at(10), step=True)
def sums(context: Context) -> Verdict:
    """Every exported file has the digest that SHA256SUMS names."""
    return none_of("file that differs", context.exported.problems())


@check("image.spec", IMAGE.at(20), step=True)
def spec(context: Context) -> Verdict:
    """The image is of the spec and the lock as they are now."""
    now = {
        "spec": context.spec.sha256 if context.spec else "",
        "lock": context.lock.sha256 if context.lock else "",
    }
    other = [name for name, sha256 in now.items() if context.exported.of(name) != sha256]
    expected = "an image of the spec and the lock as they are now"
    if not other:
        return good(expected)
    hint = "Build it anew: `ansible-playbook build-image.yml`."
    return Verdict(False, expected, f"one of another {' and '.join(other)}", (hint,))


@check("image.size", IMAGE.at(30))
def size(context: Context) -> Verdict:
    """The image is small enough to be handed around."""
    actual = context.exported.image.stat().st_size
    expected = f"at most {LARGEST / 1e6:.0f} MB"
    return Verdict(actual <= LARGEST, expected, f"{actual / 1e6:.0f} MB")


@check("image.unchanged", PODS.at(90))
def unchanged(context: Context) -> Verdict:
    """The image's bytes are those of the manifest, after guests ran on overlays of it."""
    return compare(context.exported.sha256, sha256_file(context.exported.image))
