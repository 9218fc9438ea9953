from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix import share
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.cells import Seen
from ansible_collections.vessel.image.plugins.module_utils._proof.matrix.ended import Ended
from ansible_collections.vessel.image.plugins.module_utils._proof.pods.status import seconds

RUNNING = {"startedAt": "2026-11-29T07:00:00Z"}


def context(said: str) -> Mock:
    made = Mock(patience=0.0)
    status = {"name": "module", "state": {"running": RUNNING}, "containerID": "containerd://abc"}
    condition = {"type": "PodResizeInProgress", "reason": "Error", "message": "unimplemented"}
    pod: dict[str, Any] = {
        "metadata": {"name": "x", "creationTimestamp": "2026-11-29T07:00:00Z"},
        "spec": {},
        "status": {"containerStatuses": [status], "conditions": [condition]},
    }
    made.cluster.get.side_effect = lambda what: [] if what.startswith("events") else [pod]
    made.sh.return_value = said
    made.cluster.kubectl.return_value = Mock(status=0)
    return made


@pytest.mark.parametrize(
    ("maps", "passed"),
    [
        ("0 1000000 65536", True),
        ("         0          0 4294967295", False),
        ("0 1000000 65536\n0 0 4294967295", False),
        ("", False),
    ],
)
def test_users_of_the_node_are_not_those_of_the_container(maps: str, passed: bool) -> None:
    asked = context(maps)
    assert share.user_namespace(asked, "wasmtime").passed is passed
    assert "grep -ls abc " in asked.sh.call_args.args[0]


@pytest.mark.parametrize(
    ("profiles", "passed"),
    [
        (f"{share.PROFILE}\n", True),
        ("unconfined\n", False),
        (f"{share.PROFILE}\nunconfined\n", False),
        ("", False),
    ],
)
def test_each_process_of_the_container_is_confined(profiles: str, passed: bool) -> None:
    asked = context(profiles)
    assert share.confined(asked, "wasmtime").passed is passed
    assert "attr/current" in asked.sh.call_args.args[0]


def test_a_resize_is_seen_in_the_control_group() -> None:
    asked = context(share.HELD)
    assert share.resize(asked, "wasmtime").passed
    assert "--subresource=resize" in asked.cluster.kubectl.call_args.args[0]
    found = share.resize(context("cpu 50000 100000, memory 134217728"), "wasmtime")
    assert not found.passed and "PodResizeInProgress: Error unimplemented" in found.actual


@pytest.mark.parametrize(
    ("took", "log", "passed"), [(29, "", True), (31, "", False), (5, "cannot run\n", False)]
)
def test_a_start_may_take_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, took: int, log: str, passed: bool
) -> None:
    begun = seconds("2026-11-29T07:00:00Z")
    seen = Seen(0, log or share.SLOW_SAID, "", begun + took)
    monkeypatch.setattr(Ended, "container", Mock(return_value=seen))
    assert share.slow(context(""), "wasmtime").passed is passed


PIPES = "own 4 /\nkernel 0 /dev/null\nkernel 1 pipe:[12]"


@pytest.mark.parametrize(
    ("said", "passed", "actual"),
    [
        (PIPES, True, PIPES.replace("\n", "; ")),
        (f"{PIPES}\nnode 7 /run/containerd/s", False, "node 7 /run/containerd/s"),
        ("", False, "no process of its own"),
    ],
)
def test_descriptors_of_the_nodes_files_are_told(said: str, passed: bool, actual: str) -> None:
    asked = context(said)
    found = share.descriptors(asked, "wasmtime")
    assert (found.passed, found.actual) == (passed, actual)
    assert "grep -ls abc /proc/" in asked.sh.call_args.args[0]


def test_a_file_is_the_nodes_where_its_mount_is_not_among_the_processs_own(tmp_path: Path) -> None:
    """The script itself, on the process that this test is: its own files are its own."""
    with (tmp_path / "held").open("w") as held:
        one = share.OPEN.replace(
            "$(grep -ls %s /proc/[0-9]*/cgroup)", f"/proc/{os.getpid()}/cgroup"
        )
        said = subprocess.run(["bash", "-c", one % ()], capture_output=True, text=True, check=True)
        assert f"own {held.fileno()} {tmp_path}/held" in said.stdout.splitlines()
        foreign = one.replace("$process/mountinfo", "/dev/null") % ()
        said = subprocess.run(["bash", "-c", foreign], capture_output=True, text=True, check=True)
        assert f"node {held.fileno()} {tmp_path}/held" in said.stdout.splitlines()
