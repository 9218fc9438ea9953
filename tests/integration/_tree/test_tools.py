"""Every program that shapes an image runs out of the tools tree on this host."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.run import run
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._tree.tools import (
    Tools,
    unpack_tools,
)


@pytest.fixture(scope="module")
def tools(
    debian_lock: dict[str, Any], store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Tools:
    tree = tmp_path_factory.mktemp("tools") / "tree"
    unpack_tools([store.need(each["sha256"], each["name"]) for each in debian_lock["tools"]], tree)
    return Tools(tree)


@pytest.mark.parametrize(
    ("argv", "answer"),
    [
        (["mke2fs", "-V"], "mke2fs 1.47.2"),
        (["debugfs", "-V"], "debugfs 1.47.2"),
        (["qemu-img", "--version"], "qemu-img version 10."),
        (["mkfs.fat", "--help"], "--invariant"),
        (["mcopy", "-V"], "mcopy (GNU mtools) 4."),
        (["grub-mkimage", "--version"], "(GRUB) 2.12"),
        (["zstd", "--version"], "Zstandard CLI"),
        (["usr/lib/go-1.24/bin/go", "version"], "go version go1.24"),
    ],
)
def test_runs(tools: Tools, argv: list[str], answer: str) -> None:
    result = run(tools.argv(*argv))
    assert answer in result.stdout + result.stderr


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/grub/i386-pc/boot.img",
        "usr/lib/grub/x86_64-efi/modinfo.sh",
        "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
        "usr/lib/shim/shimx64.efi.signed",
    ],
)
def test_data_files(tools: Tools, path: str) -> None:
    assert tools.file(path).stat().st_size > 0


def test_mke2fs_takes_a_tar(tools: Tools, tmp_path: Path) -> None:
    """mke2fs loads libarchive by dlopen, which must be the tree's; names need not be ASCII."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo("./naïve")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    image = tmp_path / "disk"
    run(tools.argv("mke2fs", "-q", "-t", "ext4", "-d", "-", image, "16M"), stdin=stream.getvalue())
    assert run(tools.argv("debugfs", "-R", "cat /naïve", image)).stdout == "hello"


def test_go_builds(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text('package main\n\nfunc main() { println("built") }\n')
    env = {
        "GOCACHE": str(tmp_path / "cache"),
        "GOPATH": str(tmp_path / "path"),
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    argv = tools.argv("go", "build", "-o", "program", "main.go")
    run(argv, env=env, cwd=tmp_path, timeout=600)
    built = subprocess.run([tmp_path / "program"], capture_output=True, check=True)
    assert built.stderr == b"built\n"


def test_the_tree_is_merged(tools: Tools) -> None:
    assert [os.readlink(tools.tree / name) for name in ("bin", "sbin", "lib", "lib64")] == [
        "usr/bin",
        "usr/sbin",
        "usr/lib",
        "usr/lib64",
    ]
