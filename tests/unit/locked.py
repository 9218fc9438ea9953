"""Locks for tests: what one says of Kubernetes, and one that has every field."""

from typing import Any

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
        "debian": {"release": "trixie"},
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
