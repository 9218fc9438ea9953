"""VES-6nn and VES-7nn: the disk image and the files that are exported from it."""

from __future__ import annotations

from .code import Code

DISK = {
    "VES-601": Code(
        "The disk is too small",
        "The size that was asked for does not hold the content. The message says how much it "
        "needs.",
        "Ask for a larger disk, or leave the size out: then it fits.",
    ),
    "VES-602": Code(
        "Two trees have conflicting paths",
        "The disk is made of several trees laid over each other. A path is a directory in one of "
        "them and something else in another.",
        "Let the later tree bring a directory, too, or use another name.",
    ),
    "VES-603": Code(
        "The tree has no kernel, or no initial RAM disk for it",
        "There is no `/boot/vmlinuz-*`, or no `/boot/initrd.img-*` of the same release. A disk "
        "made of that tree would not start.",
        "Install a kernel package in the node, and let `update-initramfs` run for it.",
    ),
    "VES-604": Code(
        "Extended attributes cannot be set",
        "A file with extended attributes (such as capabilities) has a line break in its name, or "
        "e2fsprogs refused an attribute.",
        "Rename the file or remove its attributes in the role that brings it.",
    ),
    "VES-605": Code(
        "A file changed while the disk was made",
        "A file of the tree grew or shrank while it was read.",
        "Let nothing write into the cache, and build again.",
    ),
    "VES-606": Code(
        "A kernel argument cannot be written",
        "A kernel argument holds a character that cannot be printed, such as a line break. It "
        "could not be written into GRUB's configuration safely.",
        "Write the argument on one line, with printable characters.",
    ),
}

EXPORT = {
    "VES-701": Code(
        "The output format is not available",
        "This version has no writer for that disk format.",
        "Choose from the formats that the message lists.",
    ),
    "VES-702": Code(
        "qemu-img wrote an unexpected qcow2 file",
        "The clusters of a compressed qcow2 file are put in order, so that its bytes are the same "
        "each time. The file has features or values that Vessel does not know.",
        "Report it with the version of the lock's qemu-utils. `outputs: [raw]` is not affected.",
    ),
    "VES-703": Code(
        "The host cannot load the pinned libdeflate",
        "It compresses VMDKs, and comes from the lock like every tool that shapes bytes. The "
        "build's own process loads it, so that must be one of the GNU C library, for the host's "
        "processor.",
        "Build with such a Python, as Debian's is.",
    ),
    "VES-704": Code(
        "A VMDK is not as Vessel writes it",
        "An OVA describes the VMDK that it holds, and reads its size from it. Something has "
        "changed that file since it was made.",
        "Let nothing else write into the cache, remove the result, and build again.",
    ),
    "VES-705": Code(
        "The disk is too large for an OVA",
        "An OVA is a tar archive of the form ustar, in which a file has less than 8 GiB. The "
        "compressed disk has more.",
        "Bring less into the image: fewer preloaded images, packages or files. Or write the VMDK "
        "alone, with `outputs: [vmdk]`, and import that.",
    ),
    "VES-711": Code(
        "There is no output to compare or report",
        "The path is neither an image's output directory nor a file in one.",
        "Name the directory that a build wrote, such as `output/wasm-node`.",
    ),
    "VES-712": Code(
        "An output has no manifest",
        "There is no `manifest.json`, so no build has ended there; or the manifest does not name "
        "the image file that was given.",
        "Name the directory of a finished build, or build the image first.",
    ),
    "VES-713": Code(
        "An output does not say what is in its image",
        "There is no `contents.json`: an older Vessel built the image.",
        "Build it again.",
    ),
    "VES-714": Code(
        "A paper of an image has another schema",
        "Another version of Vessel wrote `manifest.json` or `contents.json`.",
        "Use the Vessel that built the image, or build it again with this one.",
    ),
    "VES-715": Code(
        "A paper of an image is damaged",
        "`manifest.json` or `contents.json` is not JSON, or not what Vessel writes.",
        "Build the image again.",
    ),
}
