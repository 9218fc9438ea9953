"""The programs of `workloads/` as container images in one archive, for `ctr images import`."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._common.files import atomic_file
from .._common.places import cache_root
from .._common.scratch import scratch
from .._store.content import Store
from .._store.gobuild import build_native
from .._store.toolchain import ensure
from .._tree import kept
from .._tree.oci import File, Image, write_layout
from .._tree.tools import Tools
from .model import model
from .pods import HELLO, INFER, SIDECAR, TRAP

SOURCES = "workloads"
# Image -> package, file in the image, target. Images for linux/amd64 that hold /app.wasm: any
# engine runs those, and containerd unpacks no image of platform wasi/wasm by itself.
PROGRAMS = {
    HELLO: ("hello", "/app.wasm", "wasip1", "wasm"),
    TRAP: ("trap", "/app.wasm", "wasip1", "wasm"),
    SIDECAR: ("sidecar", "/sidecar", "linux", "amd64"),
    INFER: ("infer", "/app.wasm", "wasip1", "wasm"),
}
IMAGES = tuple(PROGRAMS)
MODEL = "/model.onnx"  # the program reads it
EPOCH = 0


def make_archive(root: Path, lock: Mapping[str, Any] | None, tools_id: str) -> Path:
    """Build the programs with the locked toolchain and return the archive of their images.

    `root` is the project, `tools_id` the tools stage that has a Go to fetch the toolchain with.
    Raises VES-808 without a lock, and what fetching and building raise.
    """
    if lock is None:
        raise VesselError.of(
            "VES-808", "there is no lock to build workloads by", "Build the image of the spec."
        )
    cache = cache_root()
    store = Store(cache / "store")
    goroot = ensure(lock["go"]["toolchain"], _any_go(tools_id), cache)
    images = []
    for name, (package, path, goos, goarch) in PROGRAMS.items():
        sha256 = build_native(
            package, root / SOURCES, f"./{package}", goroot, store, cache, goos=goos, goarch=goarch
        )
        program = store.need(sha256, package)
        files = [File(path, program, 0o755)]
        if name == INFER:
            files.append(File(MODEL, model()))
        images.append(Image(name, tuple(files), entrypoint=(path,)))
    return write_archive(images, cache / "proof" / "workloads.tar")


def write_archive(images: Sequence[Image], archive: Path) -> Path:
    """Write `images` as one OCI image layout in a tar file."""
    with scratch("layout") as layout:
        write_layout(images, layout, epoch=EPOCH)
        with atomic_file(archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
            for path in sorted(layout.rglob("*")):
                tar.add(path, arcname=str(path.relative_to(layout)), recursive=False)
    return archive


def _any_go(tools_id: str) -> list[str]:
    """A Go that can fetch the locked toolchain, should it no longer be kept: that of the tools
    tree, else the host's."""
    if kept.is_kept(tools_id):
        return Tools(kept.place(tools_id)).argv("go")
    host = shutil.which("go")
    return [] if host is None else [host]
