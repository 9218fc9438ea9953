"""report.html: one image as a page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from .._common.files import write_text
from .._export.exported import REPORT, Exported, read
from . import treemap
from .compare import content_size, shown

PICTURES = {"wide": (1160.0, 620.0), "narrow": (360.0, 640.0)}
COLORS = 8
PLACES = 10


def write_report(directory: Path) -> Path:
    """Render the papers in `directory` and write report.html there; returns its path.

    Raises what `read` and `Exported.contents` raise.
    """
    path = directory / REPORT
    write_text(path, render(read(directory)))
    return path


def render(exported: Exported) -> str:
    """The page; it has no time of its own, so the same papers give the same page."""
    manifest, files = exported.manifest, exported.contents["files"]
    build, proof = exported.build, exported.proof
    root = treemap.tree(files)
    components = manifest["components"]
    mood, words = verdict(proof)
    stages, whole = timeline(build["stages"] if build else [])
    return _template().render(
        manifest=manifest,
        made=datetime.fromtimestamp(manifest["source_date_epoch"], UTC),
        stages=stages,
        whole=whole,
        host=build["host"] if build else {},
        proof=proof,
        mood=mood,
        verdict=words,
        programs=[each for each in components if each["from"] != "package"],
        packages=[each for each in components if each["from"] == "package"],
        names=len(files),
        content_size=content_size(files),
        places=treemap.places(root)[:PLACES],
        pictures={
            name: (width, height, treemap.boxes(root, width, height))
            for name, (width, height) in PICTURES.items()
        },
    )


def timeline(stages: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """The rows of build.json that were made, in the order of their beginnings, and the seconds of
    the whole.

    Each row has `begin` and `share`, too: where it lies in the whole, in percent.
    """
    made = sorted((each for each in stages if not each["cached"]), key=lambda each: each["begun"])
    end = max((each["begun"] + each["seconds"] for each in made), default=0.0)
    percent = 100 / (end or 1.0)
    rows = [
        {
            **stage,
            "begin": round(percent * stage["begun"], 2),
            "share": round(percent * stage["seconds"], 2),
        }
        for stage in made
    ]
    return rows, round(end, 1)


def verdict(proof: Mapping[str, Any] | None) -> tuple[str, str]:
    """What the proof says: `good`, `bad` or `open`, and in a few words."""
    if proof is None:
        return "open", "not proved yet"
    checks = proof["checks"]
    if failed := sum(not check["passed"] for check in checks):
        return "bad", f"not proved: {failed} of {len(checks)} checks failed"
    if not proof["passed"]:
        return "open", f"not proved yet: {len(proof['not_run'])} checks have not been run"
    return "good", f"proved: {len(checks)} checks passed"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # File names and versions may hold anything; a page holds what can be printed.
        finalize=lambda value: shown(value) if type(value) is str else value,
    )
    environment.filters["size"] = _size
    environment.globals["colors"] = COLORS
    return environment.get_template(f"{REPORT}.j2")


def _size(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1e6:,.1f} MB"
    return f"{number / 1e3:,.1f} kB" if number >= 1000 else f"{number} B"
