"""The form of a file in `architectures/`: a processor, under Debian's name for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """One processor.

    `machine` is what `uname -m` says; `triplet` is GNU's name, which Debian's directories have;
    `loader` the dynamic loader's path in a tree. `go`: the variables that make Go build for it;
    `rust_target`: Rust's name. `rust_packages`: Debian packages that a builder of another
    architecture compiles Rust programs for this one with. `boot_packages`: those of boot loaders in
    the tools tree. `grub`: GRUB's platform under UEFI; `efi_path`: where UEFI looks for it on
    removable media; `root_type`: the type GUID of a root partition (Discoverable Partitions
    Specification); `consoles`: the kernel's arguments.
    `audit` and the `_calls`: numbers of the architecture and of system calls, from linux/audit.h
    and the kernel's tables. `sync_calls` force data to the disk; `namespace_calls` are clone,
    clone3 and unshare; `refused_calls` kexec_load, add_key, request_key, keyctl, perf_event_open,
    open_by_handle_at, kexec_file_load, bpf, userfaultfd, and the three of io_uring. `qemu`: QEMU's
    system emulator.
    `available`: whether images for it can be built.
    """

    machine: str
    triplet: str
    loader: str
    go: Mapping[str, str]
    rust_target: str
    grub: str
    efi_path: str
    root_type: str
    consoles: tuple[str, ...]
    audit: int
    sync_calls: tuple[int, ...]
    namespace_calls: tuple[int, int, int]
    refused_calls: tuple[int, ...]
    qemu: str
    rust_packages: tuple[str, ...] = ()
    boot_packages: tuple[str, ...] = ()
    available: bool = True
    name: str = ""
