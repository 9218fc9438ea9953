"""VES-2nn: the spec. All problems of a file are told at once, each with its line and column."""

from __future__ import annotations

from .code import Code

SPEC = {
    "VES-201": Code(
        "The file is missing or cannot be read",
        "There is no file of that name, it is a directory, or you may not read it. A relative "
        "path starts in the directory where `ansible-playbook` was called, or with `packer build` "
        "in the repository.",
        "Check the path; the message names specs that lie nearby.",
    ),
    "VES-202": Code(
        "The file is not plain text",
        "The file is not UTF-8, holds a tab or a control character (editors do not show them "
        "all), or is larger than 64 KiB. YAML forbids tabs in indentation; a spec has no use for "
        "them elsewhere.",
        "Save the file as UTF-8 and write spaces for tabs. If it is too large, it is most likely "
        "another file.",
    ),
    "VES-203": Code(
        "The file is not YAML",
        "The text breaks a rule of YAML, such as a quote or bracket that is never closed, or a "
        "line whose indentation fits no line above it. It often shows only in a later line.",
        "Look at the place and the lines before it. Reading stops there, so mend this first.",
    ),
    "VES-204": Code(
        "The file is empty, or uses a part of YAML that a spec does not",
        "Anchors, aliases, merge keys, tags, templates, several documents, keys that are not "
        "plain words and deep nesting are not read. They can hide what a spec says, or make a "
        "small file huge.",
        "Write each value out where it belongs. For an empty file, start from "
        "`specs/wasm-node.yml`.",
    ),
    "VES-205": Code(
        "A key is given twice",
        "The same key stands twice in one section. Most YAML readers silently take the last one.",
        "Keep one of them; the message names the line of the first.",
    ),
    "VES-206": Code(
        "A key is unknown",
        "No key of that name exists at that place. It is misspelt, or belongs in another section.",
        "Take the key that the message proposes, or one from [spec.md](spec.md).",
    ),
    "VES-207": Code(
        "A key is missing",
        "`schema`, `name` and `kubernetes.version` have no default, because no value would be "
        "right for everyone.",
        "Add the line that the message shows.",
    ),
    "VES-208": Code(
        "Not available in this version of Vessel",
        "The key or value is right, but this version of Vessel cannot build it.",
        "Take a value that the message names, or remove the key.",
    ),
    "VES-209": Code(
        "A value is of the wrong kind",
        "A number stands where text belongs, text where a list belongs, or nothing at all. Often "
        "YAML read a bare word otherwise than it was meant: `1.30` is the number 1.3, and `no`, "
        "`yes`, `on` and `off` are false or true.",
        'Put versions and such words in quotes: `"1.36.3"`.',
    ),
    "VES-210": Code(
        "A value is not allowed",
        "The value is of the right kind, but none of the choices, or not well-formed: a version "
        "has exactly three numbers, and a name is a DNS label, because it becomes a file name and "
        "a host name.",
        "Write it as the message shows.",
    ),
    "VES-211": Code(
        "A list names something twice",
        "The same entry stands twice in one list. Nothing would be built twice, so one of them "
        "was probably meant to be something else.",
        "Keep one of them.",
    ),
    "VES-212": Code(
        "Two values do not fit together",
        "Each value is right by itself, but not together with the other. Kubernetes 1.36 and "
        "later need containerd 2. The default engine must be one of the installed ones, and so "
        "must an engine whose shim is fetched.",
        "Change one of the two, as the message says.",
    ),
    "VES-213": Code(
        "A source that the spec names is not beside it",
        "What `customize` brings lies in the spec's own directory: files, keys, roles, "
        "certificates, image archives. It is not there, leads out of that directory, or is of "
        "another kind than is needed.",
        "Put it there, or correct the path; it starts at the spec's directory.",
    ),
    "VES-214": Code(
        "Two parts of the spec write one path",
        "Two keys of `customize` lay down the same file, such as `files` and `hosts` both "
        "/etc/hosts, or one makes a file where another needs a directory. One would silently take "
        "the place of the other.",
        "Keep one of them, with all that is wanted; the message has the line of the other.",
    ),
    "VES-215": Code(
        "Vessel or cloud-init writes a path that the spec lays down",
        "Some files of an image are written after everything that the spec brings: when it is "
        "sealed, with the disk, or by cloud-init at the first start. Yours would be lost, or read "
        "by nobody.",
        "Use what the message names instead.",
    ),
    "VES-216": Code(
        "A path belongs to one machine, or to a running one",
        "An image starts as many machines. What makes one of them itself (SSH host keys, what "
        "cloud-init keeps of an instance, random seeds) is removed from it, and what lies below "
        "/run, /tmp, /proc, /sys and /dev is made anew at every start.",
        "Let user data, or a file in /etc/tmpfiles.d, bring it at the start.",
    ),
    "VES-220": Code(
        "A file of certificates is not one that a machine can trust",
        "It holds no certificate, something else besides, a private key, or the certificate of a "
        "server that an authority has signed. Programs would not agree about it: OpenSSL reads a "
        "directory of single certificates, Go one file of all.",
        "Name certificates of authorities, in PEM or DER form. Several in one file, text around "
        "them, and line ends of Windows do not matter.",
    ),
}
