"""x86-64."""

from __future__ import annotations

from ..architecture import Architecture

KIND = Architecture(
    machine="x86_64",
    triplet="x86_64-linux-gnu",
    loader="usr/lib64/ld-linux-x86-64.so.2",
    # v1 runs on every x86-64.
    go={"GOARCH": "amd64", "GOAMD64": "v1"},
    rust_target="x86_64-unknown-linux-gnu",
    # Unsigned modules for both firmwares, and the signed set for Secure Boot.
    boot_packages=("grub-pc-bin", "grub-efi-amd64-bin", "grub-efi-amd64-signed", "shim-signed"),
    grub="x86_64-efi",
    efi_path="EFI/BOOT/BOOTX64.EFI",
    root_type="4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    consoles=("console=tty0", "console=ttyS0,115200n8"),
    audit=0xC000003E,
    sync_calls=(74, 75, 162, 277, 306),
    namespace_calls=(56, 435, 272),
    refused_calls=(246, 248, 249, 250, 298, 304, 320, 321, 323, 425, 426, 427),
    qemu="qemu-system-x86_64",
)
