"""Two builds of one lock, as different as two hosts: the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.builds import SPEC, Site

OTHER_USER = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}
# One processor, another host name and umask, the cache on a file system that lists its files in
# another order (tmpfs: newest first; ext4: by hash), and another number of Ansible's workers.
OTHER_HOST = """
set -eu
umask 077
hostname elsewhere
mount -t tmpfs -o size=12g tmpfs "$VESSEL_CACHE"
cp --archive "$SEED/." "$VESSEL_CACHE"
exec taskset --cpu-list 0 "$@"
"""
YEAR_AHEAD = {
    "FAKETIME": "+1y",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "FAKETIME_NO_CACHE": "1",
}
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def both_formats(site: Site) -> Site:
    spec = site.clone / SPEC
    spec.write_text(spec.read_text().replace("outputs: [qcow2]", "outputs: [qcow2, raw]"))
    return site


@pytest.fixture
def reference(site: Callable[..., Site]) -> Site:
    here = both_formats(site("here"))
    here.build()
    assert {name.rpartition(".")[2] for name in here.digests()} == {"qcow2", "raw", "json"}
    return here


def test_another_host_another_user_another_order(
    site: Callable[..., Site], reference: Site, tmp_path: Path
) -> None:
    seed, cache = reference.cache, tmp_path / "cache on tmpfs"
    for stage in reference.plan().stages:
        if stage.name not in ("tools", "export"):
            shutil.rmtree(seed / "stages" / stage.id)
    cache.mkdir()
    words = ["unshare", "--mount", "--uts", "sh", "-c", OTHER_HOST, "sh"]
    environment = {**OTHER_USER, "SEED": str(seed), "ANSIBLE_FORKS": "17"}
    there = both_formats(
        site("a clone elsewhere", prefix=words, environment=environment, cache=cache)
    )
    there.build()
    assert there.digests() == reference.digests()


@pytest.mark.skipif(not LIBFAKETIME.exists(), reason="libfaketime is not installed")
def test_a_year_later(site: Callable[..., Site], reference: Site) -> None:
    environment = {**YEAR_AHEAD, "LD_PRELOAD": str(LIBFAKETIME)}
    later = both_formats(site("later", environment=environment))
    later.build()
    assert later.digests() == reference.digests()


def test_a_cold_store(site: Callable[..., Site], reference: Site, tmp_path: Path) -> None:
    """Everything fetched and compiled anew by the same lock: ten minutes."""
    (tmp_path / "cold").mkdir()
    cold = both_formats(site("cold clone", cache=tmp_path / "cold"))
    cold.build()
    assert cold.digests() == reference.digests()
