"""Two builds of one lock, as different as two hosts: the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._export.formats import FORMATS
from faults.builds import SPEC, Site

# Ansible itself refuses a locale that is not UTF-8, or not installed.
OTHER_USER = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"}
LOCALES = Path("/usr/share/i18n/locales/tr_TR")
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
# Every tool is started through setpriv (`_common.run`), and mmdebstrap gives the library to what it
# runs in the new root. Times of files stay as they are: a later clock does not change those.
# Ansible and the build itself keep the real time: Python's sleep does not work under libfaketime.
AHEAD = """#!/bin/sh
case "$*" in
*packer*build*|*ansible-playbook*|*"ansible playbook"*|*_flow.build*) exec {setpriv} "$@";;
*mmdebstrap*)
   set -- "$@" --setup-hook='install -D {library} "$1/{library}"' \\
       --customize-hook='chroot "$1" date +%Y >> {record}; rm -r "$1/$(dirname {library})"'
esac
export LD_PRELOAD={library} FAKETIME=+1y FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
echo "$(date +%Y) $(echo "$*" | tr "\\n" " ")" >> {record}
exec {setpriv} "$@"
"""
# libfaketime names shared memory by process ids, which repeat in every PID namespace; what killed
# processes leave makes the next one of that id fail.
OWN_MEMORY = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs shm /dev/shm; exec "$@"', "sh"]
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def all_formats(site: Site) -> Site:
    spec = site.clone / SPEC
    outputs = f"outputs: [{', '.join(FORMATS)}]"
    spec.write_text(spec.read_text().replace("outputs: [qcow2]", outputs))
    return site


@pytest.fixture
def reference(site: Callable[..., Site]) -> Site:
    here = all_formats(site("here"))
    here.build()
    endings = {(each.ending or name).rpartition(".")[2] for name, each in FORMATS.items()}
    assert {name.rpartition(".")[2] for name in here.digests()} == {*endings, "json"}
    return here


@pytest.mark.skipif(not LOCALES.exists(), reason="the package locales is not installed")
def test_another_host_another_user_another_order(
    site: Callable[..., Site], reference: Site, tmp_path: Path
) -> None:
    seed, cache = reference.cache, tmp_path / "cache on tmpfs"
    for stage in reference.plan().stages:
        if not (stage.kind.online or stage.name == "tools"):
            shutil.rmtree(seed / "stages" / stage.id)
    cache.mkdir()
    locales = tmp_path / "locales"
    locales.mkdir()
    subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", locales / "tr_TR.UTF-8"], check=True)
    words = ["unshare", "--mount", "--uts", "sh", "-c", OTHER_HOST, "sh"]
    environment = {**OTHER_USER, "LOCPATH": str(locales)}
    environment |= {"SEED": str(seed), "ANSIBLE_FORKS": "17"}
    there = all_formats(
        site("a clone elsewhere", prefix=words, environment=environment, cache=cache)
    )
    there.build()
    assert there.digests() == reference.digests()


@pytest.mark.skipif(not LIBFAKETIME.exists(), reason="libfaketime is not installed")
def test_a_year_later(site: Callable[..., Site], reference: Site, tmp_path: Path) -> None:
    tools, record = tmp_path / "tools", tmp_path / "record"
    tools.mkdir()
    text = AHEAD.format(library=LIBFAKETIME, setpriv=shutil.which("setpriv"), record=record)
    (tools / "setpriv").write_text(text)
    (tools / "setpriv").chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    later = all_formats(site("later", prefix=OWN_MEMORY, environment={"PATH": path}))
    later.build()
    shifted, year = record.read_text(), str(date.today().year + 1)
    assert all(tool in shifted for tool in ("mmdebstrap", "mke2fs", "qemu-img", "mkfs.fat"))
    assert all(line.startswith(year) for line in shifted.splitlines())
    assert year in shifted.splitlines()  # said in the new root
    assert later.digests() == reference.digests()


def test_a_cold_store(site: Callable[..., Site], reference: Site, tmp_path: Path) -> None:
    """Everything fetched and compiled anew by the same lock: ten minutes."""
    (tmp_path / "cold").mkdir()
    cold = all_formats(site("cold clone", cache=tmp_path / "cold"))
    cold.build()
    assert cold.digests() == reference.digests()
