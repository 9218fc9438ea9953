"""From the raw disk to what users get: image files, manifest, checksums."""
