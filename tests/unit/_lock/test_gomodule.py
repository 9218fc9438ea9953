"""What a failing fetch means: no such version, nobody answered, or the wrong bytes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._kinds.architectures import ARCHITECTURES
from ansible_collections.vessel.image.plugins.module_utils._lock.gocommand import (
    Go,
    build_environment,
)
from ansible_collections.vessel.image.plugins.module_utils._lock.gomodule import download, nearest

MODULE = "example.com/m"
LISTED = ["v1.35.4", "v1.36.1", "v1.36.3"]


def fake_go(directory: Path, error: str, listed: list[str] | None) -> Go:
    """A `go` whose download fails with `error`; it lists versions unless `listed` is None."""
    answer = shlex.quote(json.dumps({"Error": error}))
    versions = shlex.quote(json.dumps({"Versions": listed}))
    listing = "exit 1" if listed is None else f"echo {versions}"
    program = directory / "root/bin/go"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\ncase "$1" in mod) echo {answer}; exit 1;; list) {listing};; esac\n'
    )
    program.chmod(0o755)
    return Go.of(directory / "root", directory / "cache", {})


@pytest.mark.parametrize(
    ("error", "listed", "code"),
    [
        ("reading …/v1.36.9.info: 404 Not Found", LISTED, "VES-320"),
        ("reading …/v1.36.9.info: 410 Gone", LISTED, "VES-320"),
        ("reading …/v1.36.9.info: 403 Forbidden", LISTED, "VES-320"),
        ("unknown revision v1.36.9", LISTED, "VES-320"),
        ("reading …: 403 Forbidden", [*LISTED, "v1.36.9"], "VES-321"),
        ("reading …: 404 Not Found", None, "VES-321"),
        ("dial tcp: i/o timeout", LISTED, "VES-321"),
        ("reading …: 503 Service Unavailable", LISTED, "VES-321"),
        ("verifying module: checksum mismatch\nSECURITY ERROR", LISTED, "VES-322"),
    ],
)
def test_only_a_definite_no_is_no_such_version(
    tmp_path: Path, error: str, listed: list[str] | None, code: str
) -> None:
    with pytest.raises(VesselError, match=code) as raised:
        download(fake_go(tmp_path, error, listed), MODULE, "v1.36.9")
    if code == "VES-320":
        assert "v1.36.1, v1.36.3" in str(raised.value)
        assert "v1.35.4" not in str(raised.value)
    assert list((tmp_path / "cache/scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1.36.9", ["v1.36.1", "v1.36.10"]),
        ("v1.40.0", ["v1.35.4", "v1.36.1", "v1.36.10"]),
    ],
)
def test_nearest_sorts_by_number_and_leaves_out_previews(version: str, expected: list[str]) -> None:
    listed = ["v1.36.10", "v1.35.4", "v1.36.1", "v1.36.11-rc.0"]
    assert nearest(version, listed) == expected


def test_the_users_go_flags_never_shape_a_build(tmp_path: Path) -> None:
    building = build_environment(ARCHITECTURES["amd64"])
    go = Go.of(tmp_path, tmp_path, building)
    online, offline = go.environment(network=True), go.environment(network=False)
    assert {name: offline[name] for name in building} == building
    assert online["GOTOOLCHAIN"] == offline["GOTOOLCHAIN"] == "local"
    assert online["GOFLAGS"]  # an empty one would let `go env -w GOFLAGS=…` in
    assert not {"GOENV", "GOPROXY", "GOSUMDB"} & set(online)
    assert (offline["GOENV"], offline["GOPROXY"]) == ("off", "off")


def test_the_root_is_read_off_the_last_word_of_a_prefix(tmp_path: Path) -> None:
    words = ["/t/lib/ld.so", "--library-path", "/t/lib", "/t/usr/lib/go-1.24/bin/go"]
    go = Go.bootstrap(words, tmp_path)
    assert go.environment(network=True)["GOROOT"] == "/t/usr/lib/go-1.24"


@pytest.mark.parametrize(("locked", "asked"), [(False, "nothing"), (True, MODULE)])
def test_the_checksum_database_is_asked_unless_the_lock_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool, asked: str
) -> None:
    for name in ("GONOSUMDB", "GONOSUMCHECK", "GOFLAGS", "GOSUMDB"):
        monkeypatch.delenv(name, raising=False)
    go = fake_go(tmp_path, "404 Not Found", None)
    program = tmp_path / "root/bin/go"
    seen = f'echo "${{GONOSUMDB-nothing}} ${{GOSUMDB-on}}" >>{tmp_path}/seen\n'
    program.write_text(program.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{seen}"))
    with pytest.raises(VesselError):
        download(go, MODULE, "v1.0.0", locked=locked)
    assert (tmp_path / "seen").read_text().splitlines()[0] == f"{asked} on"
