"""The recipes of the images that kubeadm asks for, made from our own binaries.

They carry kubeadm's names, so nothing is pulled; their labels say that they are not upstream's. No
registry has them, so they are pinned: once removed, nobody could pull them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._common.files import sha256_file
from .._common.version import Version
from .._oci.layout import Entry, File, Image, Link
from .deb import Deb
from .debfiles import closure, entries, unpack
from .inside import Inside

REGISTRY = "registry.k8s.io"
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
# Only nodes that run a control plane need these.
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What kube-proxy calls, and the protocol names that iptables looks up.
PROXY_PACKAGES = ("conntrack", "ipset", "iptables", "kmod", "netbase", "nftables")
CA_PACKAGE = "ca-certificates"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
# Debian makes these as alternatives when iptables is installed; nft is the first choice.
IPTABLES = ("iptables", "iptables-restore", "iptables-save")
# Upstream's users: CoreDNS and pause do not run as root.
NONROOT = "65532:65532"
PAUSE_USER = "65535:65535"
ACCOUNTS: tuple[Entry, ...] = (
    File(
        "/etc/passwd",
        b"root:x:0:0:root:/root:/sbin/nologin\n"
        b"nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
        b"nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    ),
    File("/etc/group", b"root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"),
    File("/etc/nsswitch.conf", b"hosts: files dns\n"),
)


def image_names(versions: Mapping[str, str], *, control_plane: bool = True) -> dict[str, str]:
    """Program -> full image name. `versions` is the lock's `kubernetes`: version, etcd, coredns
    and pause, the last three as image tags. Without `control_plane`, only a worker's images."""
    tag = Version.of(versions["version"]).tag
    names = {
        **{name: f"{REGISTRY}/{name}:{tag}" for name in KUBERNETES},
        "etcd": f"{REGISTRY}/etcd:{versions['etcd']}",
        "coredns": f"{REGISTRY}/coredns/coredns:{versions['coredns']}",
        "pause": f"{REGISTRY}/pause:{versions['pause']}",
    }
    return {k: v for k, v in sorted(names.items()) if control_plane or k not in CONTROL_PLANE}


def kubeadm_images(  # noqa: PLR0913 - each is a distinct input of the stage
    versions: Mapping[str, str],
    binaries: Mapping[str, Path],
    origins: Mapping[str, str],
    *,
    packages: Sequence[Deb],
    scratch: Path,
    control_plane: bool = True,
) -> list[Image]:
    """The images of `image_names(versions)`, sorted by program.

    `binaries` maps each program to its static executable; `origins` to where it was made from,
    such as `k8s.io/kubernetes@v1.36.3`. `packages` are the node's locked packages; kube-proxy's
    are unpacked into the empty directory `scratch`, which must outlive the images.
    """
    result = []
    for program, name in image_names(versions, control_plane=control_plane).items():
        extra: dict[str, Any] = {"entries": ACCOUNTS}
        place = f"/usr/local/bin/{program}"
        labels = _labels(program, name, binaries[program], origins[program])
        if program == "pause":
            place = "/pause"
            extra = {"entries": (), "entrypoint": [place], "user": PAUSE_USER}
        elif program == "coredns":
            place = "/coredns"
            bundle = File(CA_BUNDLE, _certificates(packages, scratch / CA_PACKAGE))
            extra = {"entries": (*ACCOUNTS, bundle), "entrypoint": [place], "user": NONROOT}
        elif program == "kube-proxy":
            tree, found = _proxy_tree(packages, scratch / program)
            labels["dev.vessel.packages"] = " ".join(f"{p.name}={p.version}" for p in found)
            extra = {"entries": (*ACCOUNTS, *tree)}
        executable = File(place, binaries[program], 0o755)
        content = (*extra.pop("entries"), executable)
        extra |= {"environment": {"PATH": PATH}, "labels": labels, "pinned": True}
        result.append(Image(name, content, **extra))
    return result


def _labels(program: str, name: str, binary: Path, origin: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.title": program,
        "org.opencontainers.image.version": name.rsplit(":", 1)[1],
        "org.opencontainers.image.vendor": "Vessel",
        "org.opencontainers.image.description": f"{program}, built from source by Vessel;"
        " not the upstream image of this name",
        "dev.vessel.made-from": origin,
        "dev.vessel.binary-sha256": sha256_file(binary),
    }


def _proxy_tree(packages: Sequence[Deb], directory: Path) -> tuple[list[Entry], list[Deb]]:
    found = closure(PROXY_PACKAGES, packages)
    directory.mkdir()
    unpack(found, directory)
    links = [
        Link(f"/usr/sbin/{family}{name[2:]}", f"{family}{name[2:].replace('tables', 'tables-nft')}")
        for family in ("ip", "ip6")
        for name in IPTABLES
    ]
    return [*entries(directory), *links], found


def _certificates(packages: Sequence[Deb], directory: Path) -> bytes:
    """Debian's certificate authorities in one file, as update-ca-certificates joins them."""
    directory.mkdir()
    unpack([p for p in packages if p.name == CA_PACKAGE], directory)
    files = sorted(path.relative_to(directory) for path in directory.rglob("*.crt"))
    return b"".join(Inside(directory).read(str(path)) for path in files)
