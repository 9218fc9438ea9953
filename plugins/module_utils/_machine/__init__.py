"""Virtual machines: QEMU and its firmware, disks over an image, the way in, guests by name."""
