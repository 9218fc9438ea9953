"""VES-8nn: the proof, which boots the exported image."""

from __future__ import annotations

from .code import Code

PROOF = {
    "VES-801": Code(
        "There is no image to prove",
        "The output directory holds no `manifest.json`, it names no image of the format that is to "
        "be booted, or QEMU cannot open one. The proof boots qcow2 only.",
        "Build the image: `ansible-playbook build-image.yml`, with `qcow2` among its `outputs`.",
    ),
    "VES-802": Code(
        "The UEFI firmware is missing",
        "A guest starts with the firmware of Debian's package `ovmf`, which is not installed.",
        "Run `make setup` as root.",
    ),
    "VES-803": Code(
        "A program for the guest ended at once",
        "QEMU or a helper ended before it did anything. Its output follows.",
        "Read the output. Usually a port, a device such as /dev/kvm, or memory is not available.",
    ),
    "VES-804": Code(
        "No guest is running",
        "A check works inside a booted guest, and none of that name runs: it was not created, was "
        "ended, or crashed.",
        "Run `molecule create`, or all of `molecule test`.",
    ),
    "VES-805": Code(
        "The guest did not come up",
        "The kernel panicked, QEMU ended, or the guest did not answer in time. The message has "
        "the telling lines of its console and the file that holds all of it.",
        "Read the console. If the guest was only slow, give the host less to do: an emulated "
        "guest needs two idle processors and its memory.",
    ),
    "VES-806": Code(
        "The exported image has no partitions",
        "The image was read without booting it, and there is no GUID partition table, or an empty "
        "one. The file is damaged or not made by Vessel.",
        "Build the image again.",
    ),
    "VES-807": Code(
        "There is no such check",
        "A scenario or playbook asks for a check that does not exist.",
        "Take one of the names that the message lists.",
    ),
    "VES-811": Code(
        "A port to forward is not well-formed",
        "`ports` is a list like `8080:80,6443`: a port of this host, a colon and a port of the "
        "guest, or one number for both.",
        "Write the numbers from 1 to 65535, separated by commas.",
    ),
    "VES-812": Code(
        "A port of this host is taken",
        "Another program listens on it, or it is below 1024 and you are not root.",
        "Choose another one, or end the program that has it.",
    ),
    "VES-813": Code(
        "The public key cannot be used",
        "The file cannot be read, or holds something else than one SSH public key. A private key "
        "is never copied into a guest.",
        "Name the file that ends in `.pub` with `-e public_key=FILE`, or make a pair with "
        "`ssh-keygen -t ed25519`.",
    ),
    "VES-814": Code(
        "This is no name for a user",
        "Debian takes 1 to 32 small letters, digits, hyphens and underscores, the first one a "
        "letter.",
        "Choose another name with `-e user=NAME`.",
    ),
    "VES-815": Code(
        "This is no name for a guest",
        "A guest's name is also that of its directory: letters, digits, dots, hyphens and "
        "underscores, 63 at most.",
        "Choose another name with `-e guest=NAME`.",
    ),
    "VES-816": Code(
        "The guest's disk would be smaller than its image",
        "The disk of a guest lies over the image and can only grow.",
        "Ask for as much as the message says, or leave the size out.",
    ),
    "VES-817": Code(
        "A proof has a guest of this name",
        "The guest was started by a proof that still runs; it is not yours to use or end.",
        "Give yours another name with `-e guest=NAME`.",
    ),
    "VES-818": Code(
        "A compiler of the proof's workloads is missing",
        "The programs that the proof runs in pods are built by packages of `requirements.txt` "
        "(ziglang, wasmtime, apache-tvm), and the Python that runs the proof has none of them.",
        "Run `make setup`, or `pip install --require-hashes -r requirements.txt`.",
    ),
    "VES-819": Code(
        "A guest, or the cluster in it, gave no whole answer",
        "A check asked something over SSH or of the API server, and what came back was cut off, or "
        "nothing at all, or a command failed whose silence would have meant health. The check has "
        "failed: nothing is known of what it asks for.",
        "Look whether the guest still runs, and read its console in `logs/`. Run the proof again "
        "when the host has less to do.",
    ),
}
