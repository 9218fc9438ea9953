"""Makes what spec.yml brings and git does not hold, serves it on loopback while a command runs.

    python3 bring.py COMMAND…

Two signed package repositories with a package each, a program, a shim's release, a certificate and
an OCI archive. What was made once is kept in `made/`, so that a second build finds the same bytes.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from email.utils import formatdate
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (  # noqa: E402
    File,
    Image,
    write_layout,
)

MADE = HERE / "made"
PORT = 18765  # spec.yml names it
# spec.yml names the digests of the archives of these two.
SHIM = b"#!/bin/sh\necho released\n"
PLUGIN = b"no real plug-in: one cannot be had here\n"
PROGRAM = b"#!/bin/sh\necho fetched\n"  # spec.yml names its digest


def main() -> int:
    if not (MADE / "served/flat").is_dir():  # what an older one made lacks it
        shutil.rmtree(MADE, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=HERE) as name:
            make(Path(name))
            Path(name).rename(MADE)
            Path(name).mkdir()  # for the context to remove
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(MADE / "served")
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", PORT), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        status = subprocess.run(sys.argv[1:], cwd=ROOT, check=False).returncode
        server.shutdown()
    return status


def make(place: Path) -> None:
    place.chmod(0o755)
    served = place / "served"
    served.mkdir()
    (served / "tool").write_bytes(PROGRAM)
    release(served / "shim.tar", "containerd-shim-wasmtime-v1", SHIM)
    release(served / "plugin.tar", "libwasmedgePluginWasiNN.so", PLUGIN)
    certificate(place / "ca.pem")
    archive(place)
    repositories(served, place / "example.asc")


def release(path: Path, name: str, held: bytes) -> None:
    """An archive as upstreams release their programs, of no time and nobody."""
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(held)
        tar.addfile(entry, io.BytesIO(held))


def certificate(path: Path) -> None:
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    about = ("-keyout", "/dev/null", "-days", "3650", "-subj", "/CN=Example Root")
    run("openssl", *new, *about, "-out", path)


def archive(place: Path) -> None:
    """An image as an OCI archive."""
    layout = place / "layout"
    layout.mkdir()
    image = Image("registry.example.com/app:1.0", [File("/hello", b"hello\n")], ["/hello"])
    write_layout([image], layout, epoch=0)
    with tarfile.open(place / "app.tar", "w") as tar:
        for path in sorted(layout.rglob("*")):
            tar.add(path, path.relative_to(layout), recursive=False)
    shutil.rmtree(layout)


def repositories(served: Path, key: Path) -> None:
    """Two Debian archives with a package each, signed by one key: one with suites, one flat."""
    with tempfile.TemporaryDirectory() as home:
        gpg = ("gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "")
        run(*gpg, "--quick-generate-key", "Example <example@example.com>", "ed25519", "sign")
        run(*gpg, "--armor", "--export", "--output", key)
        for release in (suite(served / "repository"), flat(served / "flat")):
            run(*gpg, "--clearsign", "--output", release.with_name("InRelease"), release)
        run("gpgconf", "--homedir", home, "--kill", "gpg-agent")


def suite(root: Path) -> Path:
    """An archive with the suite `stable` and the component `main`; returns its Release."""
    index = root / "dists/stable/main/binary-amd64"
    index.mkdir(parents=True)
    (root / "pool").mkdir()
    packages = package(root, "vessel-example", "pool/")
    (index / "Packages").write_text(packages)
    release = root / "dists/stable/Release"
    release.write_text(
        f"Origin: Example\nLabel: Example\nSuite: stable\nCodename: stable\n"
        f"Date: {formatdate(usegmt=True)}\nArchitectures: amd64\nComponents: main\n"
        f"SHA256:\n {sha256(index / 'Packages')} {len(packages)} main/binary-amd64/Packages\n"
    )
    return release


def flat(root: Path) -> Path:
    """An archive whose index lies beside its packages; returns its Release."""
    root.mkdir()
    packages = package(root, "vessel-flat", "./")
    (root / "Packages").write_text(packages)
    (root / "Release").write_text(
        f"Origin: Example\nDate: {formatdate(usegmt=True)}\nArchitectures: amd64\n"
        f"SHA256:\n {sha256(root / 'Packages')} {len(packages)} Packages\n"
    )
    return root / "Release"


def package(root: Path, name: str, below: str) -> str:
    """Make a package below `root`; returns its paragraph of the index."""
    tree = root.parent / "package"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/share" / name).mkdir(parents=True)
    (tree / "usr/share" / name / "hello").write_text("from the repository\n")
    control = (
        f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Example "
        "<example@example.com>\nDescription: an example\n"
    )
    (tree / "DEBIAN/control").write_text(control)
    deb = root / below / f"{name}_1.0_all.deb"
    run("dpkg-deb", "--root-owner-group", "--build", tree, deb)
    shutil.rmtree(tree)
    size = deb.stat().st_size
    return f"{control}Filename: {below}{deb.name}\nSize: {size}\nSHA256: {sha256(deb)}\n"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*words: str | os.PathLike[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
