"""The front doors where something is not as it should be: each says what, and what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

LINK = Path("collections/ansible_collections/vessel/image")
# root of this host, as another user without rights; and root without the right to make namespaces.
USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
BOUNDED = ("setpriv", "--bounding-set=-sys_admin")
ANSIBLE = ("ansible-playbook", "build-image.yml")
CHECK = (*ANSIBLE, "--check")
PACKER = ("packer", "build", "-color=false", "packer/")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of what is here, committed or not, with blanks and a quote in its path."""
    root = Path(__file__).resolve().parents[2]
    copy = tmp_path_factory.mktemp("made") / "it's a clone"
    words = ["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, check=True).stdout
    copy.mkdir()
    subprocess.run(
        ["cp", "--parents", "--no-dereference", "--preserve=mode,links", "-t", copy]
        + [
            name
            for name in os.fsdecode(listed).split("\0")
            if name and os.path.lexists(root / name)
        ],
        cwd=root,
        check=True,
    )
    return copy


@pytest.fixture
def without_links(clone: Path) -> Path:
    """What a checkout has without symbolic links: a file with the link's text."""
    copy = clone.with_name("without links")
    if not copy.exists():
        subprocess.run(["cp", "-r", "--preserve=mode,links", clone, copy], check=True)
        (copy / LINK).unlink()
        (copy / LINK).write_text("../../..")
    return copy


def said(
    directory: Path, *words: str, cache: Path | None = None, **environment: str
) -> tuple[int, str]:
    """Exit status and output of a command in `directory`, its words in one line."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    place = cache or directory.with_name("cache")
    done = subprocess.run(
        words,
        cwd=directory,
        env={**kept, "VESSEL_CACHE": str(place), "CHECKPOINT_DISABLE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("words", [CHECK, ANSIBLE, PACKER, ("make", "image"), ("make", "setup")])
def test_a_checkout_without_links(without_links: Path, words: tuple[str, ...]) -> None:
    status, text = said(without_links, *words)
    assert status != 0
    assert f"VES-914: {without_links / LINK} is not the link to this clone" in text
    assert "git config core.symlinks true && git checkout collections" in text


def test_a_checkout_without_links_under_molecule(without_links: Path) -> None:
    status, text = said(
        without_links,
        *("ansible-playbook", "molecule/default/create.yml"),
        ANSIBLE_STDOUT_CALLBACK="vessel.image.progress",
        MOLECULE_PROJECT_DIRECTORY=str(without_links),
    )
    assert status != 0
    assert "VES-914: " in text


@pytest.mark.parametrize("prefix", [USER, BOUNDED])
def test_without_rights_the_plan_is_shown_and_a_build_is_refused_at_once(
    clone: Path, prefix: tuple[str, ...]
) -> None:
    status, text = said(clone, *prefix, *CHECK)
    assert status == 0, text
    assert "no plan for wasm-node yet: the spec is not locked" in text
    for words in (ANSIBLE, PACKER):
        status, text = said(clone, *prefix, *words)
        assert status != 0
        assert "VES-910: the build needs root that may make private namespaces" in text
        assert "Lock the spec" not in text


def test_any_locale_where_it_is_ours_to_say(clone: Path) -> None:
    for locale in ("C", "tr_TR.UTF-8"):
        status, text = said(clone, "packer", "build", "-var", "plan_id=x", "packer/", LC_ALL=locale)
        assert status != 0
        assert "VES-111: there is no plan x" in text
    status, text = said(clone, *CHECK, LC_ALL="C")
    assert status != 0
    assert "UTF-8" in text  # Ansible's own words, before any of ours could be


@pytest.mark.parametrize("umask", ["000", "077"])
def test_nobody_else_may_write_in_the_cache(clone: Path, tmp_path: Path, umask: str) -> None:
    cache = tmp_path / "cache"
    line = f'umask {umask} && exec "$@"'
    status, text = said(clone, "sh", "-c", line, "sh", *CHECK, cache=cache)
    assert status == 0, text
    assert [path for path in (cache, *cache.rglob("*")) if path.stat().st_mode & 0o022] == []


def test_a_cache_that_cannot_be(clone: Path) -> None:
    status, text = said(clone, *CHECK, cache=Path("/proc/nothing"))
    assert status != 0
    assert "VES-107: the cache /proc/nothing cannot be written" in text


def test_an_environment_without_our_libraries(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['cerberus'] = None\nsys.modules['packer'] = None\n"
    )
    status, text = said(clone, *CHECK, PYTHONPATH=str(tmp_path))
    assert status != 0
    assert "VES-912" in text
    assert "make setup" in text
    assert "Traceback" not in text
