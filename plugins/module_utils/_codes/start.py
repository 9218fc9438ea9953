"""VES-9nn: how a build is started: Packer, Ansible, the sandbox and its connection."""

from __future__ import annotations

from .code import Code

START = {
    "VES-901": Code(
        "Packer is not installed",
        "There is no Packer of that name on the PATH.",
        "Run `make setup` as root, or install Packer 1.6.6 or newer.",
    ),
    "VES-902": Code(
        "Packer failed",
        "Packer ended with an error. Its last lines follow; the cause is mostly an error with a "
        "code of its own among them.",
        "Look up that code. With `-v` all of the output is shown.",
    ),
    "VES-903": Code(
        "This is no Packer template",
        "The path is neither a template file nor a directory that holds `*.pkr.hcl` or "
        "`*.pkr.json`.",
        "Name such a file or directory, like `packer/`.",
    ),
    "VES-904": Code(
        "Packer took too long",
        "Packer did not end in the time that it was given, and was stopped. Its last lines follow.",
        "Run the build again: finished stages are kept. A larger `timeout` is an option of the "
        "module `vessel.image.packer`.",
    ),
    "VES-910": Code(
        "The build needs root",
        "The offline half of a build makes private mount and network namespaces and owns files as "
        "root.",
        "Run it as root. A virtual machine or a privileged container for the build is enough. So "
        "is a user namespace with a range of users: `unshare --user --map-root-user --map-auto` "
        "before the command (package uidmap).",
    ),
    "VES-911": Code(
        "ansible-playbook is not on the PATH",
        "`packer build packer/` runs Ansible, and does not find it.",
        "Run `make setup` once, then `. .venv/bin/activate` in the shell.",
    ),
    "VES-912": Code(
        "Ansible lacks a library",
        "The `ansible-playbook` that was found belongs to a Python without Cerberus or PyYAML: "
        "most likely the system's own, not the one of `.venv`.",
        "Run `make setup` once, then `. .venv/bin/activate` in the shell.",
    ),
    "VES-913": Code(
        "A program that makes the sandbox is not on the PATH",
        "`bwrap`, `setpriv` and `unshare` make the sandbox, and one of them is not there.",
        "Run `make setup` as root, or install bubblewrap and util-linux.",
    ),
    "VES-914": Code(
        "The clone has no symbolic links",
        "Ansible finds the collection by a symbolic link in the clone. Git was told to make plain "
        "files instead (`core.symlinks` is false), or the link was replaced.",
        "Run `git config core.symlinks true && git checkout collections` in the clone.",
    ),
    "VES-920": Code(
        "This is not the sandbox: mounts would be seen outside",
        "A tree is filled only in a mount namespace of its own, so that nothing stays mounted on "
        "the host. The playbook was started by itself.",
        "Run `ansible-playbook build-image.yml` or `packer build packer/`: they start the sandbox.",
    ),
    "VES-921": Code(
        "This is not the sandbox: there is a network",
        "A tree is filled without a network, so that all of its bytes come from the lock. An "
        "interface is up.",
        "Run `ansible-playbook build-image.yml` or `packer build packer/`: they start the sandbox.",
    ),
    "VES-922": Code(
        "This is no root file system",
        "The directory lacks one of the directories that are mounted in it, has a link in its "
        "place, or has no `/bin/sh`. Nothing was run in it.",
        "Set `ansible_host` to the tree of a build. A build does so by itself.",
    ),
    "VES-923": Code(
        "A file cannot be copied into the tree",
        "The file does not exist on the host, or cannot be written at that path in the tree.",
        "Check both paths: the directory must be in the tree, and the disk must not be full.",
    ),
    "VES-924": Code(
        "A file cannot be read from the tree",
        "The file is not in the tree, or cannot be read there.",
        "Check the path; it starts at the root of the tree.",
    ),
    "VES-925": Code(
        "The tree's path is not absolute",
        "The connection `vessel.image.tree` was given a relative path.",
        "Set `ansible_host` to the absolute path of the tree.",
    ),
    "VES-926": Code(
        "The image cannot be written where it is to go",
        "The output directory is on a read-only file system, below a file, a link to nowhere, has "
        "too long a name, or something in it stands in the way. The message names it.",
        "Name another directory with `-e output=DIR`, or mend this one. What was built is kept.",
    ),
}
