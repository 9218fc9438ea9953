"""Two builds at once that share a cache: both end right, and who waits says for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from faults.builds import LIMIT, SPEC, Site


def both(first: Site, second: Site, logs: Path) -> list[str]:
    """Start both; returns what each said."""
    running = [
        (site.start(log=logs / f"{number}.log"), logs / f"{number}.log")
        for number, site in enumerate((first, second))
    ]
    statuses = [child.wait(LIMIT) for child, _ in running]
    said = [log.read_text(errors="replace") for _, log in running]
    assert statuses == [0, 0], "\n".join(said)
    return said


def waited(said: list[str]) -> list[str]:
    return re.findall(r"waiting for (.+?) \(process \d+\)", "\n".join(said))


def test_two_of_one_spec(site: Callable[..., Site], tmp_path: Path) -> None:
    first = site("first")
    second = site("second", cache=first.cache)
    said = both(first, second, tmp_path)
    assert set(waited(said)) == {"the build of wasm-node.yml"}
    assert first.digests() == second.digests()
    assert sorted(s.cached()["packages"] for s in (first, second)) == [False, True]


def test_two_of_different_specs(site: Callable[..., Site], tmp_path: Path) -> None:
    first = site("first")
    second = site("second", cache=first.cache)
    spec = second.clone / SPEC
    spec.write_text(spec.read_text().replace("control_plane: true", "control_plane: false"))
    said = both(first, second, tmp_path)
    assert set(waited(said)) == {"the build of wasm-node.yml"}
    assert first.digests() != second.digests()
