"""Debian: which packages Vessel asks for by name. The lock holds their closure with digests."""

from __future__ import annotations

from ..distribution import Distribution

KIND = Distribution(
    releases={"trixie": "13"},
    archives={
        "debian": ("{release}", "{release}-updates"),
        "debian-security": ("{release}-security",),
    },
    components=("main",),
    keyring="/usr/share/keyrings/debian-archive-keyring.gpg",
    kernels={
        # The cloud kernel has virtio, NVMe, AHCI, vmxnet3 and pvscsi; the generic one, all drivers.
        "cloud": "linux-image-cloud-{architecture}",
        "generic": "linux-image-{architecture}",
    },
    times={"systemd-timesyncd": "systemd-timesyncd.service", "chrony": "chrony.service"},
    # vSphere 9.0 (22) was the first to know Debian 13; none has a number of its own for it.
    guests={0: "debian12_64Guest", 22: "debian13_64Guest"},
    cim=96,
    node=(
        # init, name resolution, log-in sessions
        "systemd",
        "systemd-sysv",
        "systemd-resolved",
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
        # what user data asks for: file systems of data disks, time zones by their old names
        "xfsprogs",
        "tzdata-legacy",
        # renders cloud-init's network data: patterns, bonds, VLANs, which networkd's renderer drops
        "netplan.io",
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
        # containers: the OCI runtime, and what loads their AppArmor profile into the kernel
        "crun",
        "apparmor",
        # what the `sudo:` key of user data needs, which Cluster API sets too
        "sudo",
        # getting in and out: SSH, TLS roots, and Python for cloud-init and Ansible
        "openssh-server",
        "ca-certificates",
        "python3",
    ),
    tools=(
        # root file system; mke2fs loads libarchive by dlopen to read a tar from standard input
        "e2fsprogs",
        "libarchive13t64",
        # EFI system partition
        "dosfstools",
        "mtools",
        # boot loaders; each architecture has its own besides
        "grub-common",
        # exports
        "qemu-utils",
        "zstd",
        "libdeflate0",
        # starts the locked Go toolchain, and builds with it
        "golang-1.24-go",
        "golang-1.24-src",
    ),
    # What builds the programs of native/rust: Rust, its linker and C compiler (some crates bring
    # C), the headers of what they link, and the compiler of containerd's protocol.
    rust=(
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
    ),
)
