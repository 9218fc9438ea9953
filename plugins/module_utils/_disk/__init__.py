"""One raw disk for both firmwares, made without loop device, mount or virtual machine."""
