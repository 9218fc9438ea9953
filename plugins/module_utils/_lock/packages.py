"""Which Debian packages Vessel asks for by name; apt adds what these depend on.

The lock holds the closure with digests. A name here needs a reason, given beside its group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

KERNELS = MappingProxyType(
    {
        # The cloud kernel has virtio, NVMe, AHCI, vmxnet3 and pvscsi; the generic one, all drivers.
        "cloud": "linux-image-cloud-amd64",
        "generic": "linux-image-amd64",
    }
)

NODE_PACKAGES: tuple[str, ...] = (
    # init, name resolution, log-in sessions, time
    "systemd",
    "systemd-sysv",
    "systemd-resolved",
    "systemd-timesyncd",
    "dbus",
    "libpam-systemd",
    # devices and the initial RAM disk: made once, by the role that knows which drivers it needs
    "udev",
    "kmod",
    "initramfs-tools",
    "zstd",
    # growing the root partition and its file system on the first boot
    "e2fsprogs",
    "fdisk",
    "cloud-init",
    "cloud-guest-utils",
    # cloud-init reads its VMware data with vmware-rpctool
    "open-vm-tools",
    # what kubelet, kube-proxy and the CNI plugins call, and what kubeadm's preflight looks for
    "iproute2",
    "iptables",
    "nftables",
    "conntrack",
    "ipset",
    "ethtool",
    "socat",
    "mount",
    "util-linux",
    "procps",
    # containers: the OCI runtime
    "crun",
    # what the `sudo:` key of user data needs, which Cluster API sets too
    "sudo",
    # getting in and out: SSH, TLS roots, and Python for cloud-init and Ansible
    "openssh-server",
    "ca-certificates",
    "python3",
)

TOOLS_PACKAGES: tuple[str, ...] = (
    # root file system; mke2fs loads libarchive by dlopen to read a tar from standard input
    "e2fsprogs",
    "libarchive13t64",
    # EFI system partition
    "dosfstools",
    "mtools",
    # boot loaders: unsigned modules, and the signed set for Secure Boot
    "grub-common",
    "grub-pc-bin",
    "grub-efi-amd64-bin",
    "grub-efi-amd64-signed",
    "shim-signed",
    # exports
    "qemu-utils",
    "zstd",
    # starts the locked Go toolchain, and builds with it
    "golang-1.24-go",
    "golang-1.24-src",
)


# What an engine needs on the node beside its shim, and beside what every node has.
ENGINE_PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # crun loads it by dlopen and only suggests it
        "wasmedge": ("libwasmedge0",),
        # libcontainer's, and the library that wasi-nn opens
        "wasmtime": ("libseccomp2", "libonnxruntime1.21"),
        "wasmer": ("libseccomp2",),
    }
)

# What builds the programs of native/rust: Rust, its linker and C compiler (some crates bring C),
# the headers of what they link, and the compiler of containerd's protocol.
_RUST_PACKAGES: tuple[str, ...] = (
    "rustc-web",
    "cargo-web",
    "gcc",
    "g++",
    "libc6-dev",
    "pkgconf",
    "libseccomp-dev",
    "protobuf-compiler",
    # what their build scripts call: getconf is of libc-bin
    "coreutils",
    "dash",
    "libc-bin",
)
# Architecture -> what it takes beside them to build for another one than the builder's.
_CROSS_PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "arm64": (
            "gcc-aarch64-linux-gnu",
            "g++-aarch64-linux-gnu",
            "libc6-dev:arm64",
            "libseccomp-dev:arm64",
            "libstd-rust-web-dev:arm64",
        ),
    }
)


def node_packages(kernel: str, engines: Iterable[str] = ()) -> tuple[str, ...]:
    """The names for a node with this kernel, a key of `KERNELS`, and these Wasm engines."""
    own = (name for engine in engines for name in ENGINE_PACKAGES.get(engine, ()))
    return (*NODE_PACKAGES, KERNELS[kernel], *own)


def rust_packages(architecture: str) -> tuple[str, ...]:
    """The names of the compilers, on the builder, of Rust programs for `architecture`."""
    return (*_RUST_PACKAGES, *_CROSS_PACKAGES.get(architecture, ()))
