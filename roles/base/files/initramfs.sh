#!/bin/sh
# Usage: initramfs.sh again|once MODULE...
# Makes the initial RAM disk of each installed kernel (`once`: only where it is missing) and fails
# when one lacks a MODULE that its kernel has as a module.
set -eu

when=$1
shift
for kernel in /boot/vmlinuz-*; do
    version=${kernel#/boot/vmlinuz-}
    image=/boot/initrd.img-$version
    if [ "$when" = again ] || [ ! -e "$image" ]; then
        update-initramfs -c -k "$version"
        echo "made $image"
    fi
    listing=$(lsinitramfs "$image")
    for module in "$@"; do
        file=$(modinfo -k "$version" -F filename "$module" 2>/dev/null) || continue
        [ "$file" != "(builtin)" ] || continue
        name=$(basename "$file" | sed 's/\.ko.*//')
        case $listing in
            *"/$name.ko"*) ;;
            *)
                echo "VES-510: $image lacks the module $module, which $version has" >&2
                echo "    Look at /etc/initramfs-tools, and at base_initramfs_modules of the role." >&2
                exit 1
                ;;
        esac
    done
done
