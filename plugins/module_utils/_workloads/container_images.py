"""The programs of `workloads/` as container images in one archive, for `ctr images import`."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .._common.files import atomic_file
from .._common.places import cache_root
from .._common.scratch import scratch
from .._kinds.engines import ENGINES
from .._oci.layout import File, Image, write_layout
from . import wasm
from .oci_artifact import add_artifact
from .onnx import model, weights
from .programs import LINUX, Workload, build

HELLO = "vessel.test/hello:1"
TRAP = "vessel.test/trap:1"
SIDECAR = "vessel.test/sidecar:1"
INFER = "vessel.test/infer:1"
CHECK = "vessel.test/check:1"
TVM = "vessel.test/tvm:1"
COMPONENT = "vessel.test/component:1"
PROXY = "vessel.test/proxy:1"
HTTP_PREVIEW1, HTTP_WASIX = "vessel.test/http-preview1:1", "vessel.test/http-wasix:1"
NO_WASM, NO_IMPORT, OLD_WASI = (
    f"vessel.test/{name}:1" for name in ("no-wasm", "no-import", "old-wasi")
)
NATIVE, NO_SUFFIX = "vessel.test/native:1", "vessel.test/no-suffix:1"
ARTIFACT = "vessel.test/artifact:1"
HOSTILE, HOSTILE_MODULE = "vessel.test/hostile:1", "vessel.test/hostile-{}:1"

APP, MODEL, WEIGHTS = "/app.wasm", "/model.onnx", "/weights"
NATIVE_APP, PLAIN_APP, OF_ROOT = "/check", "/app", "/of-root"
EPOCH = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What an image holds: a program, or bytes in its place, and data for it."""

    program: Workload | bytes
    path: str = APP
    data: tuple[File, ...] = ()


# Images for linux/amd64 that hold /app.wasm: any engine runs those, and containerd unpacks no image
# of another platform by itself.
BASIC = {
    HELLO: Content(Workload("hello.c")),
    TRAP: Content(Workload("trap.c")),
    SIDECAR: Content(Workload("sidecar.c", LINUX, ("-static",)), "/sidecar"),
}
INFERENCE = {INFER: Content(Workload("infer.c"), data=(File(MODEL, model()),))}
MATRIX = {
    CHECK: Content(Workload("check.c"), data=(File(OF_ROOT, b"root's\n", 0o600),)),
    NATIVE: Content(Workload("check.c", LINUX, ("-static",)), NATIVE_APP),
    NO_SUFFIX: Content(Workload("check.c"), PLAIN_APP),
    TVM: Content(Workload("tvm.c", model="tvm_model.py"), data=(File(WEIGHTS, weights()),)),
    COMPONENT: Content(Workload("component.wat")),
    PROXY: Content(Workload("proxy.wat")),
    HTTP_PREVIEW1: Content(Workload("http.c")),
    HTTP_WASIX: Content(Workload("http.c", flags=("-DWASIX",))),
    NO_WASM: Content(b"#include <stdio.h>\n"),
    NO_IMPORT: Content(Workload("no_import.wat")),
    OLD_WASI: Content(Workload("old_wasi.wat")),
}
# Programs of tenants that no node should have, and modules that no compiler should get.
TENANTS = {
    HOSTILE: Content(Workload("hostile.c")),
    **{HOSTILE_MODULE.format(name): Content(made) for name, made in wasm.modules().items()},
}
# The interface by which a module serves HTTP -> the image that does.
SERVERS = {"preview1-sockets": HTTP_PREVIEW1, "wasi-http": PROXY, "wasix": HTTP_WASIX}
# OCI artifacts: a layer is the module itself.
ARTIFACTS = {ARTIFACT: Workload("hello.c")}


def contents(engines: Iterable[str]) -> dict[str, Content]:
    """What the pods of every scenario need on an image with these engines."""
    return {**BASIC, **(INFERENCE if any(ENGINES[name].wasi_nn for name in engines) else {})}


def make_archive(
    root: Path, wanted: Mapping[str, Content], artifacts: Mapping[str, Workload] | None = None
) -> Path:
    """Build what the images hold and return the archive of them; `root` is the project.

    Raises what `programs.build` raises.
    """
    with scratch("layout") as layout:
        images = [_image(name, content, root) for name, content in wanted.items()]
        write_layout(images, layout, epoch=EPOCH)
        for name, program in (artifacts or {}).items():
            add_artifact(layout, name, _bytes(program, root), APP)
        return _archive(layout, "workloads.tar")


def make_artifacts(root: Path, layer_type: str) -> Path:
    """Build every module as an OCI artifact, whose layer is of `layer_type`, and return the archive
    of them.

    Raises what `programs.build` raises.
    """
    wanted: Mapping[str, Content] = {**BASIC, **INFERENCE, **MATRIX, **TENANTS}
    with scratch("layout") as layout:
        write_layout([], layout, epoch=EPOCH)
        for name, content in wanted.items():
            add_artifact(layout, name, _bytes(content.program, root), APP, layer_type)
        for name, program in ARTIFACTS.items():
            add_artifact(layout, name, _bytes(program, root), APP)
        return _archive(layout, "artifacts.tar")


def _archive(layout: Path, name: str) -> Path:
    archive = cache_root() / "proof" / name
    with atomic_file(archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
        for path in sorted(layout.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(layout)), recursive=False)
    return archive


def _bytes(program: Workload | bytes, root: Path) -> bytes:
    return program if isinstance(program, bytes) else build(program, root).read_bytes()


def _image(name: str, content: Content, root: Path) -> Image:
    made = content.program
    source = made if isinstance(made, bytes) else build(made, root)
    files = (File(content.path, source, 0o755), *content.data)
    return Image(name, files, entrypoint=(content.path,))
