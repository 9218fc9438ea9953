"""Publishing: old files stay whole until new ones are complete."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._export import publish as module
from ansible_collections.vessel.image.plugins.module_utils._export.checksums import render_sums
from ansible_collections.vessel.image.plugins.module_utils._export.exported import built_of
from forced import forced

PAPERS = {"manifest.json", "contents.json", "SHA256SUMS"}


def lay(place: Path, name: str, data: bytes) -> Path:
    """A result with one file, which is sparse."""
    place.mkdir(parents=True)
    with (place / name).open("wb") as file:
        file.write(data)
        file.truncate(len(data) if name in PAPERS else 64 << 20)
    return place


def results(place: Path, *images: str, boot: bytes = b"boot", contents: str = "{}") -> list[Path]:
    """What the goals of a plan made: images, and their papers."""
    made = [lay(place / name, name, boot) for name in images]
    files = [next(each.iterdir()) for each in made]
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    artifacts = [{"path": name, "sha256": sums[name]} for name in images]
    papers = {"contents.json": contents, "manifest.json": json.dumps({"artifacts": artifacts})}
    for name, text in papers.items():
        made.append(lay(place / name, name, text.encode()))
        sums[name] = hashlib.sha256(text.encode()).hexdigest()
    return [*made, lay(place / "sums", "SHA256SUMS", render_sums(sums))]


def names(output: Path) -> set[str]:
    return {path.name for path in output.iterdir()}


def held(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.iterdir()}


def test_published_directory_is_complete_and_sparse(tmp_path: Path) -> None:
    output = tmp_path / "output"
    made = results(tmp_path / "made", "first.raw", contents="what is in it")
    (made[0] / "first.raw").chmod(0o600)
    module.publish(made, output)
    module.write_build(output, "a plan", [{"name": "disk", "seconds": 7.6, "cached": False}])
    assert names(output) == {"first.raw", *PAPERS, "build.json"}
    assert (output / "first.raw").stat().st_blocks * 512 < 1 << 20
    assert (output / "first.raw").stat().st_mode & 0o777 == 0o644
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=output, check=True)
    assert (output / "contents.json").read_text() == "what is in it"
    assert json.loads((output / "build.json").read_text())["stages"][0]["seconds"] == 7.6
    assert built_of(output) == "a plan"
    assert (made[0] / "first.raw").exists()  # a copy: the result is still kept


def test_files_of_the_image_before_are_removed_and_others_stay(tmp_path: Path) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw", "first.qcow2"), output)
    (output / "notes.txt").touch()
    (output / "logs").mkdir()
    module.publish(results(tmp_path / "two", "second.raw"), output)
    assert names(output) == {"second.raw", *PAPERS, "notes.txt", "logs"}


@pytest.mark.parametrize("changed", [False, True])
def test_proof_and_report_outlive_only_the_same_bytes(tmp_path: Path, changed: bool) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw"), output)
    for name in ("proof.json", "report.html"):
        (output / name).touch()
    boot = b"other" if changed else b"boot"
    module.publish(results(tmp_path / "two", "first.raw", boot=boot, contents="[]"), output)
    assert (output / "proof.json").exists() is not changed
    assert (output / "report.html").exists() is not changed
    assert (output / "contents.json").read_text() == "[]"


FAILURES = {
    "no room": (OSError(errno.ENOSPC, "full"), r"VES-108: no space: the image needs "),
    "a program fails": (VesselError.of("VES-102", "it broke", "Mend it."), "VES-102: it broke"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_copy_that_fails_leaves_the_old_output_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw"), output)
    module.write_build(output, "a plan", [])
    (output / "proof.json").write_text("{}")
    before, copy = held(output), module.copy
    error, said = FAILURES[how]

    def fail(source: Path, target: Path) -> None:
        copy(source, target)
        if source.name == "first.qcow2":
            target.write_bytes(b"half")
            raise error

    monkeypatch.setattr(module, "copy", fail)
    made = results(tmp_path / "two", "first.raw", "first.qcow2", boot=b"other")
    with pytest.raises(VesselError, match=said):
        module.publish(made, output)
    assert held(output) == before


@pytest.mark.parametrize("at", ["first.raw", "contents.json", "manifest.json", "SHA256SUMS"])
def test_a_name_that_cannot_be_given_leaves_the_old_output_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw"), output)
    module.write_build(output, "a plan", [])
    for name in ("proof.json", "report.html", "notes.txt"):
        (output / name).write_text("of the first")
    before, replace = held(output), Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target == output / at and self.read_bytes() != before[at]:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self), None, str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    made = results(tmp_path / "two", "first.raw", "new.raw", boot=b"other", contents="[]")
    with pytest.raises(VesselError, match=f"VES-926: .*{at}: Input/output error"):
        module.publish(made, output)
    assert held(output) == before


def test_what_cannot_be_put_back_is_not_taken_for_a_finished_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw"), output)
    module.write_build(output, "a plan", [])
    sums, replace = (output / "SHA256SUMS").read_bytes(), Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target.name in ("manifest.json", "first.raw") and self.parent.name == "old":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self))
        if target.name == "SHA256SUMS" and self.read_bytes() != sums:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    made = results(tmp_path / "two", "first.raw", boot=b"other", contents="[]")
    with pytest.raises(VesselError, match="VES-108"):
        module.publish(made, output)
    assert (output / "contents.json").read_text() == "{}"
    assert built_of(output) == ""


def test_while_files_change_nobody_takes_them_for_a_finished_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw"), output)
    module.write_build(output, "a plan", [])
    seen: list[tuple[str, bool]] = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        seen.append((target.name, (output / "build.json").exists()))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    module.publish(results(tmp_path / "two", "first.raw", boot=b"other"), output)
    assert seen == [
        *[("first.raw", False), ("contents.json", False), ("manifest.json", False)],
        ("SHA256SUMS", False),
    ]
    assert built_of(output) == ""


def test_all_is_on_the_disk_before_it_has_a_name_and_the_names_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    module.publish(results(tmp_path / "one", "first.raw", boot=b"old"), output)
    sums = output / "SHA256SUMS"
    old = sums.read_text()
    found = forced(monkeypatch, sums.read_text)
    module.publish(results(tmp_path / "two", "first.raw", boot=b"new"), output)
    assert {path.name for path, text in found if text == old} >= {"first.raw", *PAPERS}
    assert [path for path, text in found if text != old] == [output]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("file", "file: it is no directory"),
        ("file/a/b", "file: it is no directory"),
        ("dangling", "dangling: it is a link to nowhere"),
        ("dangling/a/b", "dangling: it is a link to nowhere"),
        ("a" * 256, "File name too long"),
    ],
)
def test_where_no_image_can_be_written_is_told_before_it_is_built(
    tmp_path: Path, what: str, why: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    output = tmp_path / what
    with pytest.raises(VesselError, match=rf"VES-926: .* to {output}: .*{why}"):
        module.demand_writable(output)
    made = results(tmp_path / "made", "first.raw")
    with pytest.raises(VesselError, match="VES-926"):
        module.publish(made, output)
    assert not (tmp_path / "nowhere").exists()


def test_a_trial_that_fails_at_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("os.close", close)
    with pytest.raises(VesselError, match="VES-926"):
        module.demand_writable(tmp_path)
    assert names(tmp_path) == set()


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for output in (tmp_path / "a/b/c", tmp_path / "link", tmp_path / "link/a"):
        module.demand_writable(output)
    assert names(tmp_path) == {"real", "link"}
    assert names(tmp_path / "real") == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a read-only file system needs root")
def test_a_read_only_output_is_told_before_it_is_built(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
        f"from {module.__name__} import demand_writable as d; d(Path(sys.argv[2]))"
    )
    words = [sys.executable, "-c", program, str(root / "collections"), str(tmp_path / "a/b")]
    mount = f"mount -t tmpfs -o ro tmpfs '{tmp_path}' && exec \"$@\""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"VES-926: the image cannot be written to {tmp_path}/a/b: " in done.stderr
    assert "Read-only file system" in done.stderr


def test_what_stands_in_the_way_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "output/manifest.json/in it").mkdir(parents=True)
    with pytest.raises(VesselError, match=r"VES-926: .*manifest.json: "):
        module.publish(results(tmp_path / "made", "first.raw"), tmp_path / "output")
