"""The build recipes: what is stamped, and what a build's key follows from."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock.programs import (
    build_key,
    flags,
    parts,
)

LOCKED: dict[str, Any] = {
    "module": "k8s.io/kubernetes",
    "version": "v1.36.3",
    "sum": "h1:a",
    "time": "2026-07-22T18:07:38Z",
    "packages": ["./cmd/kubelet"],
    "go_mod": "module k8s.io/kubernetes\n",
    "go_sum": "",
}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1.36.3", ("v1.36.3", "1.36.3", "1", "36", "3")),
        ("1.36.3", ("v1.36.3", "1.36.3", "1", "36", "3")),
        ("v2.0.0-rc.1", ("v2.0.0-rc.1", "2.0.0-rc.1", "2", "0", "0")),
    ],
)
def test_parts(version: str, expected: tuple[str, ...]) -> None:
    found = parts(version)
    assert tuple(found[k] for k in ("version", "bare", "major", "minor", "patch")) == expected


def test_kubernetes_is_stamped_with_the_lock_alone() -> None:
    *rest, linker = flags("kubernetes", LOCKED)
    assert "-trimpath" in rest
    assert "-buildvcs=false" in rest
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        assert f"-X={package}.gitVersion=v1.36.3" in linker
        assert f"-X={package}.gitMinor=36" in linker
        assert f"-X={package}.buildDate=2026-07-22T18:07:38Z" in linker


@pytest.mark.parametrize("name", sorted(GO_MODULES))
def test_every_recipe_renders_without_blanks_inside_a_stamp(name: str) -> None:
    linker = flags(name, LOCKED)[-1].removeprefix("-ldflags=")
    assert "{" not in linker
    assert all(word in {"-s", "-w"} or word.startswith("-X=") for word in linker.split())


def test_the_key_follows_every_input() -> None:
    base = build_key("kubernetes", LOCKED, "h1:t")
    assert build_key("kubernetes", dict(reversed(LOCKED.items())), "h1:t") == base
    others = [build_key("kubernetes", {**LOCKED, key: "v9.9.9"}, "h1:t") for key in LOCKED]
    others += [build_key("kubernetes", LOCKED, "h1:u"), build_key("containerd", LOCKED, "h1:t")]
    assert len({base, *others}) == len(others) + 1
