"""What the sandbox keeps apart, as the kernel names it."""

from __future__ import annotations

import os
import subprocess

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow.sandbox import NAMESPACES

LOOK = "for each in mnt pid net ipc uts; do readlink /proc/self/ns/$each; done"


@pytest.mark.skipif(os.geteuid() != 0, reason="the sandbox needs root")
def test_nothing_is_shared_with_the_host() -> None:
    here = subprocess.run(["sh", "-c", LOOK], capture_output=True, text=True, check=True).stdout
    words = ["unshare", *NAMESPACES, "--", "sh", "-c", f"{LOOK}; ls /sys/class/net; echo $$"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert not set(here.splitlines()) & set(said.splitlines())
    assert len(said.splitlines()) >= 6
    up = subprocess.run(
        ["unshare", *NAMESPACES, "--", "cat", "/proc/net/dev"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line.partition(":")[0].strip() for line in up.splitlines() if ":" in line] == ["lo"]
