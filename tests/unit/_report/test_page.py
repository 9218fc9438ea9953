"""report.html: its numbers are those of the papers, it stands alone, and nothing in it is markup
that was not meant to be."""

from __future__ import annotations

import copy
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.exported import read
from ansible_collections.vessel.image.plugins.module_utils._report import page
from unit._export.papers import MANIFEST, file, lay, write


def made(name: str, seconds: float, begun: float) -> dict[str, Any]:
    return {
        **{"name": name, "title": f"make {name}"},
        **{"seconds": seconds, "begun": begun, "cached": False},
    }


BUILD: dict[str, Any] = {
    "plan": "p",
    "stages": [
        made("packages", 18.0, 0.0),
        made("node", 8.2, 18.0),
        {**made("seal", 0.0, 0.0), "cached": True},
        made("preload", 3.4, 2.0),
        made("disk", 6.8, 26.2),
    ],
    "host": {"cpus": 2, "kernel": "6", "machine": "x86_64", "python": "3.11.7"},
}
CHECK = {"name": "wasm.wasmedge", "expected": "hello", "actual": "hello", "lines": [],
         "passed": True, "seconds": 12.3, "phase": "pods", "boot": 1}  # fmt: skip
PROOF: dict[str, Any] = {
    "schema": 1,
    "passed": True,
    "artifact": {"path": "i.qcow2", "sha256": "a" * 64},
    "accelerator": "kvm: works",
    "not_run": [],
    "checks": [CHECK],
}
VOID = {"meta", "br", "rect"}


class Page(HTMLParser):
    """What a browser would find: rows of tables by caption, text, and every tag closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.values: list[float] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        elif tag == "data":
            self.values.append(float(given["value"] or ""))
            if self.tables and self.tables[-1] and "tr" in self.open:
                self.tables[-1][-1][-1] += f"[{given['value']}]"

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if {"td", "th"} & set(self.open) and "data" not in self.open:
            self.tables[-1][-1][-1] += data


def rendered(directory: Path) -> str:
    return page.write_report(directory).read_text()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    lay(tmp_path, file("/usr/bin/a", 1_000_000), file("/usr/bin/b", 2), file("/c", 2, same_as="/b"))
    write(tmp_path, "build.json", BUILD)
    return tmp_path


def test_numbers_are_those_of_the_papers(output: Path) -> None:
    found = Page(rendered(output))
    artifacts, stages, _places, programs, packages = found.tables
    assert [row[0] for row in artifacts[1:]] == ["i.qcow2" + "a" * 64]
    assert [row[-1] for row in artifacts[1:]] == ["[441647104]"]
    times = {row[0].partition("\n")[0]: row[-1] for row in stages[1:]}
    for stage in BUILD["stages"]:
        told = [time for name, time in times.items() if name.startswith(stage["name"])]
        assert told == ([] if stage["cached"] else [f"[{stage['seconds']}]"])
        assert stage["cached"] or f"{stage['name']}{stage['title']}" in times
    for rows, kind in [(programs, "source"), (packages, "package")]:
        wanted = [c for c in MANIFEST["components"] if c["from"] == kind]
        assert [row[0] for row in rows[1:]] == [c["name"] for c in wanted]
        assert [row[1] for row in rows[1:]] == [c["version"] for c in wanted]
        assert [row[-1] for row in rows[1:]] == [f"[{c['size']}]" for c in wanted]
        assert float(len(wanted)) in found.values
    assert 1_000_002.0 in found.values  # what is in it; the hard link adds nothing
    assert 33.0 in found.values  # seconds: preload ran beside packages
    text = "".join(found.texts)
    assert all(MANIFEST[key] in text for key in ("spec_sha256", "lock_sha256"))
    assert "not proved yet" in text


def test_the_same_papers_give_the_same_page(output: Path) -> None:
    assert rendered(output) == rendered(output)


def test_stages_lie_where_they_ran() -> None:
    rows, whole = page.timeline(BUILD["stages"])
    assert whole == 33.0
    assert [row["name"] for row in rows] == ["packages", "preload", "node", "disk"]
    assert [round(row["begin"] * 33 / 100, 1) for row in rows] == [0.0, 2.0, 18.0, 26.2]
    assert [round(row["share"] * 33 / 100, 1) for row in rows] == [18.0, 3.4, 8.2, 6.8]
    assert all(row["begin"] + row["share"] <= 100.01 for row in rows)
    quick = made("disk", 0.0, 0.0)
    assert page.timeline([quick]) == ([{**quick, "begin": 0.0, "share": 0.0}], 0.0)
    assert page.timeline([{**quick, "cached": True}]) == page.timeline([]) == ([], 0.0)


def test_a_build_that_made_nothing_says_so(output: Path) -> None:
    kept = [{**stage, "cached": True} for stage in BUILD["stages"]]
    write(output, "build.json", {**BUILD, "stages": kept})
    text = "".join(Page(rendered(output)).texts)
    assert "The results of all of them were kept from earlier builds." in text
    assert "make packages" not in text


def test_without_build_files_components_and_runtimes_there_is_a_page(tmp_path: Path) -> None:
    lay(tmp_path, components=[])
    manifest = copy.deepcopy(MANIFEST)
    manifest["node"]["wasm_runtimes"] = []
    write(tmp_path, "manifest.json", {**manifest, "components": [], "artifacts": []})
    text = "".join(Page(rendered(tmp_path)).texts)
    assert "there is no build.json" in text


@pytest.mark.parametrize(
    ("changes", "mood", "words"),
    [
        (None, "open", "not proved yet"),
        ({"artifact": {"sha256": "of another file"}}, "open", "not proved yet"),
        ({}, "good", "proved: 1 checks passed"),
        (
            {"passed": False, "not_run": ["a", "b"]},
            "open",
            "not proved yet: 2 checks have not been run",
        ),
        (
            {"passed": False, "checks": [CHECK, {**CHECK, "passed": False, "actual": "<trap>"}]},
            "bad",
            "not proved: 1 of 2 checks failed",
        ),
    ],
)
def test_proof(output: Path, changes: dict[str, Any] | None, mood: str, words: str) -> None:
    if changes is not None:
        write(output, "proof.json", {**PROOF, **changes})
    text = rendered(output)
    assert f'<p class="verdict {mood}">{words}</p>' in text
    proof = read(output).proof
    assert ("wasm.wasmedge" in text) is (proof is not None)
    if mood == "bad":
        assert "expected hello; found &lt;trap&gt;" in text


def test_what_was_red_before_is_shown(output: Path) -> None:
    red = {**CHECK, "passed": False, "actual": "<trap>", "at": "2026-11-29T10:00:00Z"}
    write(output, "proof.json", {**PROOF, "red_before": [red]})
    text = rendered(output)
    assert "Failed before, and run again" in text and "2026-11-29T10:00:00Z" in text
    assert "expected hello; found &lt;trap&gt;" in text and 'class="verdict good"' in text


HOSTILE = "</title><script>alert(1)</script>\"'&{{ 7 * 7 }}\n\udcff\x1b[2J"


def test_whatever_the_papers_hold_is_text(tmp_path: Path) -> None:
    lay(tmp_path, file(f"/{HOSTILE}/{HOSTILE}", 9_000_000), file("/b", 8_000_000))
    manifest: Any = copy.deepcopy(MANIFEST)
    manifest["name"] = HOSTILE
    for part in (*manifest["components"], manifest["node"]["os"], manifest["artifacts"][0]):
        part |= {key: HOSTILE for key, value in part.items() if isinstance(value, str)}
    manifest["components"][1]["from"] = "package"
    manifest["node"] |= {"kubernetes": HOSTILE, "wasm_runtimes": [HOSTILE]}
    write(tmp_path, "manifest.json", manifest)
    stage = {**made(HOSTILE, 1.0, 0.0), "title": HOSTILE}
    write(tmp_path, "build.json", {**BUILD, "stages": [stage]})
    hostile = {key: HOSTILE if isinstance(value, str) else value for key, value in CHECK.items()}
    proof = {**PROOF, "artifact": {"sha256": HOSTILE}, "accelerator": HOSTILE, "checks": [hostile]}
    write(tmp_path, "proof.json", proof)
    text = rendered(tmp_path)
    found = Page(text)
    assert "script" not in {tag for tag, _ in found.tags}
    assert "<script" not in text
    assert "\x1b" not in text
    assert "{{ 7 * 7 }}" in text
    assert "\\xff" in text


def test_it_needs_nothing_but_itself(output: Path) -> None:
    write(output, "proof.json", PROOF)
    text = rendered(output)
    found = Page(text)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "use", "image"}
    assert not re.search(r"https?:|//|@import|url\(", re.sub(r"<!doctype[^>]*>", "", text))
    for _tag, attributes in found.tags:
        assert not {name for name in attributes if name.startswith("on") or name == "src"}
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src 'none'" in text


def test_readers_of_every_kind_find_their_way(output: Path) -> None:
    write(output, "proof.json", PROOF)
    text = rendered(output)
    found = Page(text)
    ids = [a["id"] for _, a in found.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _tag, attributes in found.tags:
        for word in (attributes.get("aria-labelledby") or "").split():
            assert word in ids
        if href := attributes.get("href"):
            assert href.removeprefix("#") in ids
    tags = [tag for tag, _ in found.tags]
    assert tags.count("table") == tags.count("caption") == 6
    assert all(a.get("scope") in {"col", "row"} for tag, a in found.tags if tag == "th")
    assert [a["role"] for tag, a in found.tags if tag == "svg"] == ["img", "img"]
    assert tags.count("desc") == tags.count("svg")
    assert tags.count("h1") == 1
    assert ("html", {"lang": "en"}) in found.tags


def luminance(color: str) -> float:
    full = color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])
    parts = [int(full[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_in_light_and_dark(output: Path) -> None:
    """WCAG 2.1, level AA: 4.5 for text, 3 for what is no text."""
    schemes = re.findall(r":root \{(.*?)\}", rendered(output), re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colors = dict(re.findall(r"--(\w+): (#[0-9a-f]+);", scheme))

        def contrast(one: str, two: str, colors: dict[str, str] = colors) -> float:
            dark, light = sorted([luminance(colors[one]), luminance(colors[two])])
            return (light + 0.05) / (dark + 0.05)

        for word in ("text", "soft", "good", "bad", "open"):
            assert contrast(word, "page") >= 4.5, word
        for box in ("top", *(f"b{number}" for number in range(page.COLORS))):
            assert contrast("text", box) >= 4.5, box
        assert contrast("bar", "page") >= 3


def test_an_image_of_the_usual_size_is_rendered_fast(output: Path) -> None:
    lay(output, *(file(f"/usr/d{n % 300}/e{n % 7}/f{n}", n * 37 % 100_000) for n in range(12_000)))
    rendered(output)
    begun = time.process_time()
    rendered(output)
    assert time.process_time() - begun < 1.0  # 0.06 s; other work may share the processor
