"""Paths of a machine that several parts of Vessel know, each said once, without their first slash.

So that whoever writes one, and whoever compares all writers (writers.py), mean the same.
"""

from __future__ import annotations

# What a build mounts in the tree, and every machine at its start: where, type, options; in order.
MOUNTS = (
    ("proc", "proc", "nosuid,nodev,noexec"),
    ("sys", "sysfs", "ro,nosuid,nodev,noexec"),
    ("dev", "tmpfs", "nosuid,noexec,mode=0755,size=1m"),
    ("run", "tmpfs", "nosuid,nodev,mode=0755"),
    ("tmp", "tmpfs", "nosuid,nodev,mode=1777"),
)
# Directories that are links in Debian's tree, by absolute paths.
LINKS = {
    "/bin": "/usr/bin",
    "/lib": "/usr/lib",
    "/lib64": "/usr/lib64",
    "/sbin": "/usr/sbin",
    "/usr/local/man": "/usr/local/share/man",
    "/var/lock": "/run/lock",
    "/var/run": "/run",
    "/var/spool/mail": "/var/mail",
}
# The disk's.
FSTAB = "etc/fstab"
GRUB_CONFIGURATION = "boot/grub/grub.cfg"
# The preloaded images'.
CONTAINERD_ROOT = "var/lib/containerd"
PRELOADED_NAMES = "etc/vessel/preloaded-images.txt"


def without_links(path: str) -> str:
    """The absolute `path` as it is behind `LINKS`: `/var/run/x` is `/run/x`."""
    for link, target in LINKS.items():
        if path.startswith(f"{link}/"):
            return target + path.removeprefix(link)
    return path
