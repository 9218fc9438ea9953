"""The versions that follow from a program's own sources, such as what kubeadm asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .._common.errors import VesselError
from .._common.version import Version
from .._kinds.program import GoModule


def tags(program: GoModule, version: str, directory: Path) -> dict[str, str]:
    """The lock's part for a program that tells versions: its own, as `version`, and the image tag
    of each program that it asks for.

    `directory` holds the module of that version. Raises VES-323 when a constant is not found there.
    """
    try:
        source = (directory / program.told_in).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _unknown(program, f"{directory} holds no {program.told_in}") from error
    found = {name: _constant(program, source, each) for each, name in program.tells.items()}
    return {"version": Version.of(version).bare, **found}


def versions(program: GoModule, told: Mapping[str, str]) -> dict[str, str]:
    """Program -> version without a leading v, of those that `program` tells of.

    The tag of etcd, `3.6.8-0`, has the image's own revision behind the release.
    """
    return {name: Version.of(told[name]).release for name in program.tells.values()}


def _constant(program: GoModule, source: str, name: str) -> str:
    found = re.search(rf'^\s*{name}\s*=\s*"([^"]+)"', source, re.MULTILINE)
    if not found:
        raise _unknown(program, f"{program.told_in} of this {program.name} names no {name}")
    return found.group(1)


def _unknown(program: GoModule, what: str) -> VesselError:
    hint = f"Choose another version of {program.name} in the spec: Vessel cannot build this one."
    return VesselError.of("VES-323", what, hint)
