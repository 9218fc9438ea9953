"""Locks for tests: what one says of Kubernetes, and one that has every field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.vessel.image.plugins.module_utils._kinds.programs import GO_MODULES
from ansible_collections.vessel.image.plugins.module_utils._lock import lockfile
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock
from ansible_collections.vessel.image.plugins.module_utils._lock.rust import rust_part
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._vessels import RECIPES

Steps = tuple[Any, ...]
LOCKED: dict[str, Any] = {
    "module": "k8s.io/kubernetes",
    "version": "v1.36.3",
    "sum": "h1:a",
    "time": "2026-07-22T18:07:38Z",
    "packages": ["./cmd/kubelet"],
    "go_mod": "module k8s.io/kubernetes\n",
    "go_sum": "",
}


def package(name: str, **others: Any) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0-1",
        "architecture": "amd64",
        "sha256": "1" * 64,
        "size": 1,
        "archive": "debian",
        "path": f"pool/main/{name}_1.0-1_amd64.deb",
        **others,
    }


SUITE = {
    "suite": "trixie",
    "components": ["main"],
    "origin": "Debian",
    "date": "Sat, 21 Nov 2026 09:15:44 UTC",
    "sha256": "2" * 64,
}
URL = "https://releases.example/tool"
SUM = f"h1:{'a' * 43}="
FILE = {"path": "", "sha256": "3" * 64, "size": 7, "executable": False, "mode": "0600"}
# Every field, those that only some locks have among them.
WHOLE: dict[str, Any] = {
    "schema": 1,
    "for": {
        "debian": {"release": "trixie", "repositories": [{"name": "own"}]},
        "containerd": "2.4.2",
        "sources": {"tree": [FILE, {"path": "link", "link": "file"}]},
    },
    "architecture": "amd64",
    "source_date_epoch": 1795252544,
    "kubernetes": {"version": "1.36.3", "etcd": "3.6.8-0"},
    "executables": [{"path": "/usr/local/bin/tool", "url": URL, "sha256": "4" * 64, "size": 6}],
    "shims": [{"engine": "wasmer", "url": URL, "sha256": "5" * 64, "size": 5}],
    "debian": {
        "release": "trixie",
        "suites": [SUITE, {**SUITE, "suite": "", "archive": "repository own"}],
        "node": [package("adduser"), package("zstd", archive="repository own")],
        "tools": [package("mtools")],
        "compilers": [package("rustc-web")],
    },
    "go": {
        "toolchain": {"version": "go1.26.8", "sum": SUM},
        "programs": {"kubernetes": {**LOCKED, "sum": SUM, "go_sum": f"a v1.0.0 {SUM}\n"}},
    },
    "rust": {"cargo_lock": "6" * 64, "versions": {"wasmtime": "48.0.8"}},
}


def _bare(name: str) -> str:
    return name.partition("=")[0].partition(":")[0]


def answering(spec_file: Path, root: Path) -> dict[str, Any]:
    """A lock that answers a spec, of packages and modules that nobody has."""
    spec = load_spec(spec_file)
    wants = RECIPES[spec.vessel].wants(spec)
    groups = {"node": wants.node, "tools": wants.tools, "compilers": wants.compilers}
    packages = {
        group: [package(name) for name in dict.fromkeys(_bare(each) for each in names)]
        for group, names in groups.items()
        if names or group != "compilers"
    }
    told = {"kubernetes": spec.kubernetes.version, "etcd": "3.6.8", "coredns": "1.14.2"}
    versions = {**told, "containerd": spec.container_runtime.containerd}
    rust = rust_part(wants.rust, root)
    given = {
        "executables": [{**each, "size": 6} for each in spec.customize["executables"]],
        "shims": [{**each, "size": 5} for each in spec.wasm.releases],
        "rust": rust,
    }
    return {
        "schema": 1,
        "for": lockfile.requirements(spec, spec_file.parent, root),
        "architecture": spec.architectures[0],
        "source_date_epoch": 1795252544,
        "kubernetes": {
            **{"version": spec.kubernetes.version, "etcd": "3.6.8-0"},
            **{"coredns": "v1.14.2", "pause": "3.10.2"},
        },
        **{part: each for part, each in given.items() if each},
        "debian": {"release": "trixie", "suites": [SUITE], **packages},
        "go": {
            "toolchain": {"version": "go1.26.8", "sum": SUM},
            "programs": {
                name: {
                    **{"module": each.module, "version": each.version.format(**versions)},
                    **{"sum": SUM, "time": "2026-01-01T00:00:00Z"},
                    **{"packages": list(each.packages), "go_mod": f"module {name}\n", "go_sum": ""},
                }
                for name, each in GO_MODULES.items()
            },
        },
    }


def write(spec_file: Path, lock: dict[str, Any]) -> Path:
    path = lockfile.lock_path(spec_file)
    lockfile.write_lock(path, Lock(lock), spec_file)
    return path


def every(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every value below `value`, with the steps to it."""
    yield steps, value
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, each in items:
            yield from every(each, (*steps, step))


def put(steps: Steps, value: Any) -> Any:
    """WHOLE with another value at `steps`."""
    if not steps:
        return value
    whole = json.loads(json.dumps(WHOLE))
    at = whole
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = value
    return whole


def other(value: Any) -> Any:
    """Another value of the same kind, as little apart as may be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
