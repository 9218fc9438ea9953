"""Package repositories of every form that sources.list(5) knows: resolved and fetched from a server
on loopback, and read again by apt as the machine gets them."""

from __future__ import annotations

import functools
import hashlib
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    Position,
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian
from ansible_collections.vessel.image.plugins.module_utils._plan.blobs import deb_blobs
from ansible_collections.vessel.image.plugins.module_utils._store.content import Store
from ansible_collections.vessel.image.plugins.module_utils._store.debs import fetch_debs
from ansible_collections.vessel.image.plugins.module_utils._tree.customize import apt_sources

NONE = replace(DEBIAN, archives={})  # apt reads the repository alone


@dataclass(frozen=True)
class Form:
    """A repository below the server's root: where its index and package lie, and what names it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    release: str
    index: str
    deb: str
    apart: bool = False  # the signature in a file of its own

    def __str__(self) -> str:
        return f"{self.uri} {' '.join((*self.suites, *self.components))}"


FORMS = [
    Form("core:/stable:/v1.36/deb", ("/",), (), "", "Packages", "./amd64/e_1.0_all.deb"),
    Form("crio", ("./",), (), "", "Packages", "e_1.0_all.deb", apart=True),
    Form("nvidia/$(ARCH)", ("/",), (), "", "Packages", "./e_1.0_all.deb"),
    Form("one/", ("trixie/",), (), "trixie", "Packages", "trixie/e_1.0_all.deb"),
    Form("two", ("x/$(ARCH)/",), (), "x/amd64", "Packages", "x/amd64/e+~_1.0_all.deb"),
    Form("three", ("stable",), ("main",), "dists/stable", "main/binary-amd64/Packages",
         "pool/e_1.0_all.deb"),
    Form("four", ("a/b",), ("x/y", "z"), "dists/a/b", "x/y/binary-amd64/Packages",
         "pool/e_1.0_all.deb"),
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Path]]:
    """The server's directory, its address, and the key that signs what is in it."""
    place = tmp_path_factory.mktemp("repositories")
    place.parent.chmod(0o755)
    place.chmod(0o755)
    home, key = place / "home", place / "key.asc"
    home.mkdir(mode=0o700)
    gpg(home, "--quick-generate-key", "Example <example@example.com>", "ed25519", "sign")
    gpg(home, "--armor", "--export", "--output", str(key))
    for form in FORMS:
        make(place / "served" / form.uri.replace("$(ARCH)", "amd64"), form, home)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)
    handler = functools.partial(Quiet, directory=str(place / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield place / "served", f"http://127.0.0.1:{server.server_address[1]}", key
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_of_repository(
    served: tuple[Path, str, Path], form: Form, tmp_path: Path
) -> None:
    directory, address, key = served
    given = debian.Repository("own", f"{address}/{form.uri}", form.suites, form.components, key)
    with debian.private_apt({}, ["amd64"], NONE, "trixie", [given]) as apt:
        [package] = apt.closure(["vessel-example"])
        [suite] = apt.suites()
    root = debian.repository_root(given.uri, "amd64")
    [made] = directory.glob(f"{form.uri.replace('$(ARCH)', 'amd64').strip('/')}/**/*.deb")
    assert suite["origin"] == "Example"
    assert package["archive"] == "repository own"
    blobs = deb_blobs([package], {"repository own": root})
    store = Store(tmp_path / "store")
    assert fetch_debs(blobs.values(), store, mirrors={"none": ""}) == made.stat().st_size
    kept = store.path(package["sha256"])
    assert kept and kept.read_bytes() == made.read_bytes()


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_apt_of_the_machine_reads_it(
    served: tuple[Path, str, Path], form: Form, tmp_path: Path
) -> None:
    _, address, key = served
    wanted = {"name": "own", "uri": f"{address}/{form.uri}", "suites": form.suites,
              "components": form.components, "key": "k", "keep": True}  # fmt: skip
    held = {"k": [{"path": "", "src": str(key), "mode": "0644"}]}
    said = apt_sources([wanted], held)
    assert ("Components:" in said) is bool(form.components)
    with debian.private_apt({"own": f"{address}/"}, ["amd64"], NONE, "trixie") as apt:
        shutil.copy(key, apt.root / "etc/own.asc")  # where apt's own user gets to
        text = said.replace("/etc/apt/keyrings/own.asc", f"{apt.root}/etc/own.asc")
        (apt.root / "etc/vessel.sources").write_text(text)
        apt.update()
        assert [each["name"] for each in apt.closure(["vessel-example"])] == ["vessel-example"]


def test_a_suite_that_is_not_there_is_told(served: tuple[Path, str, Path]) -> None:
    _, address, key = served
    place = Position("s.yml", 9, 12)
    given = debian.Repository("own", f"{address}/crio", ("stable/",), (), key, place)
    with (
        pytest.raises(VesselError, match=r"(?s)^s.yml:9:12: VES-302: the repository own .*Release"),
        debian.private_apt({}, ["amd64"], NONE, "trixie", [given]),
    ):
        pass


def make(root: Path, form: Form, home: Path) -> None:
    """A repository with one package, signed."""
    release = root / form.release
    index, deb = release / form.index, root / form.deb
    index.parent.mkdir(parents=True)
    deb.parent.mkdir(parents=True, exist_ok=True)
    control = (
        "Package: vessel-example\nVersion: 1.0\nArchitecture: all\nMaintainer: Example "
        "<example@example.com>\nDescription: an example\n"
    )
    tree = home / "package"
    (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
    (tree / "DEBIAN/control").write_text(control)
    quietly("dpkg-deb", "--root-owner-group", "--build", str(tree), str(deb))
    # Of a flat repository, names count from its URI as well.
    packages = f"{control}Filename: {form.deb}\nSize: {deb.stat().st_size}\nSHA256: {sha256(deb)}\n"
    index.write_text(packages)
    named = f"Suite: {form.release}\n" if form.components else ""
    text = (
        f"Origin: Example\n{named}Date: {formatdate(usegmt=True)}\n"
        f"{f'Components: {form.components[0]} z' if form.components else 'Label: Example'}\n"
        f"Architectures: amd64\nSHA256:\n {sha256(index)} {len(packages)} {form.index}\n"
    )
    (release / "Release").write_text(text)
    if form.apart:
        output = str(release / "Release.gpg")
        gpg(home, "--detach-sign", "--armor", "--output", output, str(release / "Release"))
    else:
        gpg(home, "--clearsign", "--output", str(release / "InRelease"), str(release / "Release"))
        (release / "Release").unlink()


def gpg(home: Path, *words: str) -> None:
    quietly("gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", *words)


def quietly(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
