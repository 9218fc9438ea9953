"""VES-5nn: the root file system and what is laid into it."""

from __future__ import annotations

from .code import Code

TREE = {
    "VES-501": Code(
        "The tree does not hold exactly the locked packages",
        "After the installation dpkg's list and the lock differ. Each difference is in the "
        "message.",
        "Lock again with `-e update=true`. If it stays so, report it with both lists.",
    ),
    "VES-510": Code(
        "The initial RAM disk lacks a driver",
        "A module that the node needs to find its disk is built for its kernel but is not in the "
        "initial RAM disk. The image would not start on such a machine.",
        "Look at what changed in the node's `/etc/initramfs-tools`, or in the list "
        "`base_initramfs_modules`.",
    ),
    "VES-511": Code(
        "The tools tree is not usable",
        "The tree of locked tools has no dynamic loader, so it is incomplete.",
        "Empty the cache (`ansible-playbook playbooks/cache.yml -e state=pruned -e max_age=0`), "
        "then build again.",
    ),
    "VES-512": Code(
        "A tool is missing from the tools tree",
        "Tools that shape an image come from a tree of locked packages. None of them holds this "
        "program or file. The lock was written by a version of Vessel that did not need it.",
        "Lock again with `-e update=true`.",
    ),
    "VES-520": Code(
        "A path is not inside the tree",
        "A role names a path that is not absolute, is the root itself, or holds `..`.",
        "Write it like `/etc/hosts`.",
    ),
    "VES-521": Code(
        "A program for the node has the wrong digest",
        "The bytes that would be laid down are not those that the store named. The store or the "
        "transfer is damaged.",
        "Run `ansible-playbook playbooks/cache.yml -e state=verified`, which removes damaged "
        "files; then build again.",
    ),
    "VES-522": Code(
        "An owner is unknown in the machine",
        "A file or directory is to belong to a user or group that the image does not have when "
        "it is laid down.",
        "Name one that Debian's base system or your packages bring, or let a role that comes "
        "before make it.",
    ),
    "VES-526": Code(
        "The kernel cannot look up a path inside a tree",
        "What a package or a role left in a tree may lead out of it. Vessel lets the kernel look "
        "up every path with the tree as the root (`openat2`), which this kernel, or the seccomp "
        "profile of this container, does not do.",
        "Build on Linux 5.6 or later; allow `openat2` in the container's seccomp profile.",
    ),
    "VES-527": Code(
        "A path of the tree is something else than it has to be",
        "Vessel reads or writes this path of a tree that packages and roles have filled, and it is "
        "a pipe, a device, a directory, or below something that is no directory.",
        "Look for the package, or the role of yours, that makes it something else.",
    ),
    "VES-530": Code(
        "An image layer has conflicting paths",
        "A layer of a preloaded image would hold a path twice, or a file below something that is "
        "no directory.",
        "Report it: two packages or programs bring the same path.",
    ),
    "VES-531": Code(
        "A preloaded image needs a package that is not locked",
        "Images of the control plane are made of the node's locked packages. A dependency of one "
        "is not among them. The lock was written by another version of Vessel.",
        "Lock again with `-e update=true`.",
    ),
    "VES-532": Code(
        "A package ships files outside /usr",
        "`/bin`, `/sbin` and `/lib` are links into `/usr` (Debian's merged /usr). A package for a"
        " preloaded image puts files into one of them, which would replace the link.",
        "Lock again with `-e update=true`: a later version of the package may be right.",
    ),
    "VES-533": Code(
        "The preloaded images are not those that were asked for",
        "containerd's store was filled, but lists other names or digests. The message has both.",
        "Build again. If it stays so, report it.",
    ),
    "VES-534": Code(
        "An image archive cannot be preloaded",
        "It is not an OCI archive, a document or blob in it is missing or not what it should be, "
        "it holds no image for the node's processors, nothing says what its image is called, or "
        "another image is called the same. A node finds an image by its full name only: with its "
        "registry, its whole path and a tag.",
        "Write it anew, for example with `skopeo copy … oci-archive:FILE:NAME:TAG`, and give "
        "`name` in the spec where the archive has none.",
    ),
    "VES-535": Code(
        "An artifact cannot be preloaded",
        "The archive holds neither a container image nor WebAssembly, but something else that a "
        "registry can hold, such as a Helm chart.",
        "Leave it out: no container can be made of it. As a file, bring it with `files`.",
    ),
    "VES-541": Code(
        "crun cannot run WebAssembly",
        "crun of the tree is built without WasmEdge, or WasmEdge's library is missing. Pods of "
        "the RuntimeClass `wasmedge` would not start.",
        "Use crun and libwasmedge0 of Debian trixie.",
    ),
    "VES-542": Code(
        "An account has a password",
        "An account in the tree's `/etc/shadow` has a password. Everyone who has the image would "
        "have it too, so an image must have none.",
        "Lock the account (`passwd -l`) in the role that makes it; set what a machine needs by "
        "user data.",
    ),
    "VES-543": Code(
        "A play failed in the tree",
        "Ansible laid down the node, or sealed it, and a task of a role failed: one of Vessel's "
        "roles, or one that the spec names under `customize.roles`. The message names the play and "
        "ends with what the task said.",
        "Mend what the task says, then build again. The stages before it are kept.",
    ),
    "VES-544": Code(
        "The tree does not hold what the spec brings",
        "After everything was laid down and sealed, a file, link or directory of `customize` is "
        "gone, has another content or mode, or a kernel parameter has another value in the end. "
        "Something else wrote it later: a role of the spec, or a program that a package runs.",
        "Look for what changes it, and keep one of the two.",
    ),
    "VES-545": Code(
        "A path of the spec cannot be laid down in this tree",
        "A package has a directory where the spec brings a file, or a file where it brings a "
        "directory; or a link of the tree leads from the path to /run, /tmp, /proc, /sys or /dev, "
        "which every start makes anew.",
        "Give it another path in the spec.",
    ),
    "VES-546": Code(
        "The machine has no such unit",
        "The spec enables, disables or masks a systemd unit that no package, file or role of yours "
        "has brought. Masking what does not exist would do nothing, so it is taken for a slip. "
        "Devices, mounts, automounts and swaps may be masked unseen: they are made at boot.",
        "Correct the name. A unit is looked for after your files and the roles under "
        "`roles.before`, and before those under `roles.after`.",
    ),
    "VES-547": Code(
        "The kernel has no such module",
        "The spec has a module loaded at boot that the image's kernel has neither as a file nor "
        "built in, under this name or an alias.",
        "Correct the name, or choose `kernel: generic` under `operating_system`: it has all.",
    ),
}
