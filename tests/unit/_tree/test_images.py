from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._oci.layout import (
    Directory,
    Entry,
    File,
    Image,
    Link,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import debfiles, images
from ansible_collections.vessel.image.plugins.module_utils._tree.deb import Deb

VERSIONS = {"version": "1.36.3", "etcd": "3.6.8-0", "coredns": "v1.14.2", "pause": "3.10.1"}
WORKER = {
    "coredns": "registry.k8s.io/coredns/coredns:v1.14.2",
    "kube-proxy": "registry.k8s.io/kube-proxy:v1.36.3",
    "pause": "registry.k8s.io/pause:3.10.1",
}


class Archive:
    """Tiny packages, made by dpkg-deb."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.locked: list[Deb] = []

    def add(
        self, name: str, *fields: str, files: Mapping[str, str] | None = None, locked: bool = True
    ) -> None:
        tree = self.directory / name
        (tree / "DEBIAN").mkdir(parents=True)
        lines = [f"Package: {name}", "Version: 1", "Architecture: all", "Maintainer: a", *fields]
        (tree / "DEBIAN/control").write_text("\n".join([*lines, "Description: b", ""]))
        for path, text in (files or {}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        deb = self.directory / f"{name}.deb"
        argv = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(deb)]
        subprocess.run(argv, check=True, capture_output=True)
        if locked:
            self.locked.append(Deb(name, "1", "all", deb))

    def closure(self, *roots: str) -> list[str]:
        return [p.name for p in debfiles.closure(roots, self.locked)]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def test_names_are_kubeadms() -> None:
    assert images.image_names(VERSIONS, control_plane=False) == WORKER
    assert images.image_names({**VERSIONS, "version": "v1.36.3"}) == {
        **WORKER,
        "etcd": "registry.k8s.io/etcd:3.6.8-0",
        "kube-apiserver": "registry.k8s.io/kube-apiserver:v1.36.3",
        "kube-controller-manager": "registry.k8s.io/kube-controller-manager:v1.36.3",
        "kube-scheduler": "registry.k8s.io/kube-scheduler:v1.36.3",
    }


def test_closure_follows_depends_alternatives_and_provides(archive: Archive) -> None:
    archive.add("tool", "Depends: libb (>= 2:1~), libx | liba:any, virtual")
    archive.add("liba", "Pre-Depends: libc (= 1)")
    archive.add("libb", "Depends: tool")  # a circle
    archive.add("libc")
    archive.add("real", "Provides: virtual (= 3), other", "Recommends: unused", "Suggests: no")
    archive.add("unused")
    assert archive.closure("tool") == ["liba", "libb", "libc", "real", "tool"]


@pytest.mark.parametrize("roots", [("tool",), ("absent",)])
def test_what_is_not_locked_is_refused(archive: Archive, roots: tuple[str, ...]) -> None:
    archive.add("tool", "Depends: gone | missing")
    archive.add("gone", locked=False)
    with pytest.raises(VesselError, match=r"VES-531.*(gone or missing|absent)"):
        archive.closure(*roots)


def test_a_package_outside_usr_is_refused(archive: Archive, tmp_path: Path) -> None:
    archive.add("old", files={"lib/x.so": ""})
    (tmp_path / "tree").mkdir()
    with pytest.raises(VesselError, match="VES-532"):
        debfiles.unpack(archive.locked, tmp_path / "tree")


def test_entries_leave_out_documentation_but_licences(tmp_path: Path) -> None:
    for name in ("man/man1/a.1", "doc/a/changelog.gz", "doc/a/copyright", "locale/de/a.mo", "a/b"):
        (tmp_path / "usr/share" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "usr/share" / name).write_text("x")
    (tmp_path / "usr/share/a/link").symlink_to("../b/")
    (tmp_path / "usr/share/a").chmod(0o750)
    found = {entry.path: entry for entry in debfiles.entries(tmp_path)}
    assert sorted(set(found) - {"/bin", "/lib", "/lib64", "/sbin"}) == [
        "/usr/share/a",
        "/usr/share/a/b",
        "/usr/share/a/link",
        "/usr/share/doc/a/copyright",
    ]
    assert found["/usr/share/a"] == Directory("/usr/share/a", 0o750)
    assert found["/usr/share/a/link"] == Link("/usr/share/a/link", "../b/")
    assert found["/lib"] == Link("/lib", "usr/lib")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image]:
    tmp_path = tmp_path_factory.mktemp("made")
    archive = Archive(tmp_path / "archive")
    for name in images.PROXY_PACKAGES:
        archive.add(name, files={f"usr/sbin/{name}-file": name})
    certificates = {f"usr/share/ca-certificates/mozilla/{n}.crt": f"{n}\n" for n in "ba"}
    archive.add(images.CA_PACKAGE, files=certificates)
    binaries = {}
    for program in images.image_names(VERSIONS):
        binaries[program] = tmp_path / program
        binaries[program].write_text(program)
    (tmp_path / "scratch").mkdir()
    result = images.kubeadm_images(
        VERSIONS,
        binaries,
        dict.fromkeys(binaries, "module@v1"),
        packages=archive.locked,
        scratch=tmp_path / "scratch",
    )
    return {image.labels["org.opencontainers.image.title"]: image for image in result}


def paths(image: Image) -> dict[str, Entry]:
    return {entry.path: entry for entry in image.entries}


@pytest.mark.parametrize(
    ("program", "place", "entrypoint", "user"),
    [
        ("kube-apiserver", "/usr/local/bin/kube-apiserver", [], ""),
        ("kube-proxy", "/usr/local/bin/kube-proxy", [], ""),
        ("etcd", "/usr/local/bin/etcd", [], ""),
        ("coredns", "/coredns", ["/coredns"], "65532:65532"),
        ("pause", "/pause", ["/pause"], "65535:65535"),
    ],
)
def test_recipe(
    made: dict[str, Image], program: str, place: str, entrypoint: list[str], user: str
) -> None:
    image = made[program]
    executable = paths(image)[place]
    assert isinstance(executable, File)
    assert executable.mode == 0o755
    assert (list(image.entrypoint), image.user) == (entrypoint, user)
    assert image.pinned, "no registry has our images"
    assert image.environment["PATH"].startswith("/usr/local/sbin:/usr/local/bin:")
    assert image.name == images.image_names(VERSIONS)[program]


def test_labels_say_how_an_image_was_made(made: dict[str, Image]) -> None:
    labels = made["etcd"].labels
    assert labels["dev.vessel.made-from"] == "module@v1"
    assert labels["dev.vessel.binary-sha256"] == hashlib.sha256(b"etcd").hexdigest()
    assert labels["org.opencontainers.image.version"] == "3.6.8-0"
    assert "iptables=1" in made["kube-proxy"].labels["dev.vessel.packages"].split()


def test_kube_proxy_uses_the_nft_tools(made: dict[str, Image]) -> None:
    found = paths(made["kube-proxy"])
    for name, target in {
        "iptables": "iptables-nft",
        "iptables-restore": "iptables-nft-restore",
        "ip6tables-save": "ip6tables-nft-save",
    }.items():
        assert found[f"/usr/sbin/{name}"] == Link(f"/usr/sbin/{name}", target)
    assert "/usr/sbin/conntrack-file" in found


def test_coredns_knows_the_certificate_authorities(made: dict[str, Image]) -> None:
    bundle = paths(made["coredns"])[images.CA_BUNDLE]
    assert bundle == File(images.CA_BUNDLE, b"a\nb\n")
