"""The list of what an image is made of: what is built is measured, what is locked is told."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._export.components import (
    COMPONENTS,
    Component,
    components,
    make,
)
from ansible_collections.vessel.image.plugins.module_utils._plan.stage import Made
from unit.stages import small, work

KUBERNETES = small("kubernetes")
WANTED = [
    Component("kubelet", "v1.36.3", "source", made=Made(KUBERNETES, "kubelet")),
    Component("zlib1g", "1:1.3", "package", "a" * 64, 7),
    Component("crun", "1.21", "package", "b" * 64, 8),
]


def written(root: Path, tmp_path: Path) -> list[dict[str, Any]]:
    planned = components(root, WANTED)
    assert planned.inputs == {"kubernetes": KUBERNETES}  # what is measured, and nothing else
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "kubernetes/kubelet").write_bytes(b"program")
    inputs = {"kubernetes": tmp_path / "kubernetes"}
    given = work(tmp_path / "made", planned.options, inputs)
    make(given)
    found: list[dict[str, Any]] = json.loads((given.place / COMPONENTS).read_text())
    return found


def test_each_has_digest_and_size_in_the_order_of_origins_and_names(
    root: Path, tmp_path: Path
) -> None:
    program = hashlib.sha256(b"program").hexdigest()
    assert written(root, tmp_path) == [
        {"name": "crun", "version": "1.21", "from": "package", "sha256": "b" * 64, "size": 8},
        {"name": "zlib1g", "version": "1:1.3", "from": "package", "sha256": "a" * 64, "size": 7},
        {"name": "kubelet", "version": "v1.36.3", "from": "source", "sha256": program, "size": 7},
    ]


def test_another_version_or_digest_is_another_list(root: Path) -> None:
    def identity(*changed: Component) -> str:
        return components(root, [*WANTED, *changed]).id

    ids = {identity(), identity(Component("a", "1", "url", "c" * 64, 1)),
           identity(Component("a", "2", "url", "c" * 64, 1)),
           identity(Component("a", "1", "url", "d" * 64, 1))}  # fmt: skip
    assert len(ids) == 4
