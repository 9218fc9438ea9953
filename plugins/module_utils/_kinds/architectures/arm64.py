"""64-bit ARM: programs can be built for it, images not yet."""

from __future__ import annotations

from ..architecture import Architecture

KIND = Architecture(
    machine="aarch64",
    triplet="aarch64-linux-gnu",
    loader="usr/lib/ld-linux-aarch64.so.1",
    go={"GOARCH": "arm64", "GOARM64": "v8.0"},
    rust_target="aarch64-unknown-linux-gnu",
    rust_packages=(
        "gcc-aarch64-linux-gnu",
        "g++-aarch64-linux-gnu",
        "libc6-dev:arm64",
        "libseccomp-dev:arm64",
        "libstd-rust-web-dev:arm64",
    ),
    boot_packages=("grub-efi-arm64-bin", "grub-efi-arm64-signed", "shim-signed"),
    grub="arm64-efi",
    efi_path="EFI/BOOT/BOOTAA64.EFI",
    root_type="b921b045-1df0-41c3-af44-4c6f280d3fae",
    consoles=("console=tty0", "console=ttyAMA0,115200n8"),
    audit=0xC00000B7,
    sync_calls=(81, 82, 83, 84, 267),
    namespace_calls=(220, 435, 97),
    refused_calls=(104, 217, 218, 219, 241, 265, 294, 280, 282, 425, 426, 427),
    qemu="qemu-system-aarch64",
    available=False,
)
