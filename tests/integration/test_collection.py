"""The collection as `ansible-galaxy` packs and installs it, up to where a build would begin."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

# What a build or a proof uses, or a user reads.
USED = ("docs", "meta", "native", "packer", "playbooks", "plugins", "roles", "specs", "workloads")
PAPERS = ("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
RUN = ("Makefile", "requirements.txt", "ansible.cfg")
LEFT_OVER = ("my.lock.yml", "output/x/x.qcow2", "native/target/x", "native/.ruff_cache/x")


def committed(root: Path) -> set[str]:
    """What git has, or would take."""
    words = ["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, check=True).stdout
    return {name for name in os.fsdecode(listed).split("\0") if name and (root / name).is_file()}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the clone, with what builds and tools leave in one, in a path with blanks."""
    root = Path(__file__).resolve().parents[2]
    copy = tmp_path_factory.mktemp("made") / "a clone"
    for name in [*committed(root), *LEFT_OVER]:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_file() and name not in LEFT_OVER:
            target.write_bytes((root / name).read_bytes())
            target.chmod((root / name).stat().st_mode)
        else:
            target.touch()
    return copy


def galaxy(directory: Path, *words: str | Path) -> None:
    """In a clone, `install` would find that the collection is there already."""
    words = ("ansible-galaxy", "collection", *words)
    subprocess.run(words, cwd=directory, capture_output=True, check=True)


@pytest.fixture(scope="module")
def tarball(clone: Path) -> Path:
    galaxy(clone.parent, "build", clone, "--output-path", clone.parent)
    (made,) = clone.parent.glob("vessel-image-*.tar.gz")
    return made


@pytest.fixture(scope="module")
def installed(tarball: Path) -> Path:
    collections = tarball.parent / "where collections are"
    galaxy(tarball.parent, "install", tarball, "--offline", "-p", collections)
    return collections / "ansible_collections/vessel/image"


def test_what_is_in_it(root: Path, tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        has = {member.name for member in archive if member.isfile()}
    files = committed(root)
    assert {name for name in files if name.startswith(tuple(f"{d}/" for d in USED))} <= has
    assert {*PAPERS, *RUN} <= has
    assert has - files == {"MANIFEST.json", "FILES.json"}
    assert not {name for name in has if name.startswith(("tests/unit/", "molecule/", "."))}


def playbook(
    installed: Path, user: Path, name: str, *words: str, callback: str = "vessel.image.progress"
) -> subprocess.CompletedProcess[str]:
    """A playbook of the installed collection, started in the directory `user`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    return subprocess.run(
        ["ansible-playbook", f"vessel.image.{name}", *words],
        cwd=user,
        env={
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(installed.parents[2]),
            "ANSIBLE_STDOUT_CALLBACK": callback,
            "VESSEL_CACHE": str(user / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def user(tmp_path: Path) -> Path:
    directory = tmp_path / "a user's"
    directory.mkdir()
    spec = 'schema: 1\nname: own\nkubernetes:\n  version: "1.36.3"\n'
    (directory / "my.yml").write_text(spec)
    return directory


def test_it_plans_from_any_directory(installed: Path, user: Path) -> None:
    before = sorted(installed.rglob("*.yml"))
    done = playbook(installed, user, "build_image", "--check", "-e", "spec=my.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no plan for own yet: the spec is not locked" in done.stdout
    assert sorted(installed.rglob("*.yml")) == before
    assert {path.name for path in user.iterdir()} <= {"my.yml", "cache"}


def test_output_goes_where_the_user_stands(installed: Path, user: Path) -> None:
    done = playbook(installed, user, "boot", "-e", "spec=my.yml")
    assert done.returncode != 0
    assert f"VES-801: there is no image in {user}/output/own" in done.stdout


@pytest.mark.parametrize("name", ["build_image", "boot"])
def test_without_our_libraries_a_line_says_so(
    installed: Path, user: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (user / "sitecustomize.py").write_text("import sys\nsys.modules['cerberus'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(user))
    done = playbook(installed, user, name, "--check", "-e", "spec=my.yml", callback="default")
    assert done.returncode != 0
    assert "VES-912" in done.stdout + done.stderr
    assert "requirements.txt" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["build_image", "boot"])
def test_a_spec_has_to_be_named(installed: Path, user: Path, name: str) -> None:
    done = playbook(installed, user, name, "--check")
    assert done.returncode != 0
    assert "VES-113: no spec is named" in done.stdout + done.stderr
    assert str(installed / "specs/wasm-node.yml") in done.stdout + done.stderr


def test_packer_takes_its_template(installed: Path, user: Path) -> None:
    words = ["packer", "build", "-var", "spec=my.yml", "-var", "plan_id=none", installed / "packer"]
    done = subprocess.run(
        words,
        cwd=user,
        env={**os.environ, "VESSEL_CACHE": str(user / "cache"), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert ("VES-910" if os.geteuid() else "VES-111: there is no plan none") in said


def test_it_is_the_collection_that_was_packed(installed: Path) -> None:
    about = json.loads((installed / "MANIFEST.json").read_text())["collection_info"]
    assert (about["namespace"], about["name"]) == ("vessel", "image")
