"""VES-87n: coming from image-builder, whose variables are read."""

from __future__ import annotations

from .code import Code

IMPORTER = {
    "VES-870": Code(
        "A file of variables cannot be read",
        "There is no file of that name, it is a directory, you may not read it, it is empty or "
        "larger than 1 MiB, or it is not UTF-8.",
        "Name the JSON files that `PACKER_VAR_FILES` names, in the same order.",
    ),
    "VES-871": Code(
        "A file of variables is not JSON",
        "Packer's files of variables are one object of keys and texts. They have no comments, and "
        "no comma after the last entry.",
        "Look at the place and what stands before it.",
    ),
    "VES-872": Code(
        "A file of variables is a template",
        "The vSphere flavour keeps its variables as Jinja templates. What they become depends on "
        "its artifacts, so they are read after it has rendered them.",
        "Import `packer-variables.json`, which it writes before it starts Packer, or render the "
        "files yourself, as JSON or YAML.",
    ),
    "VES-873": Code(
        "A variable is not a text",
        "Packer hands variables on as texts. Numbers, true, false, null and a list of words are "
        "taken as well; other values, and files that are no section of keys, are not.",
        "Write the value as one text.",
    ),
    "VES-874": Code(
        "A variable needs its own value",
        "Variables put each other's values in, and these go round in a circle. Packer refuses "
        "them, too.",
        "Write the value into one of them.",
    ),
    "VES-875": Code(
        "Settings of containerd are not base64",
        "image-builder takes `containerd_additional_settings` as base64 of UTF-8 text, without "
        "line breaks.",
        "Encode the settings again: `base64 -w0 settings.toml`.",
    ),
    "VES-876": Code(
        "Settings of containerd are not TOML",
        "The text that the base64 holds breaks a rule of TOML. The message says the line of that "
        "text; image-builder would have appended it, and containerd would not have started.",
        "Mend the settings and encode them again.",
    ),
    "VES-877": Code(
        "An import would replace a file",
        "A file or directory of that name is there, and it is another one: you, or an import of "
        "other variables, wrote it. Nothing was written.",
        "Look at what it is. `force: true` replaces what the message names, and no other.",
    ),
    "VES-878": Code(
        "A role holds what cannot be copied",
        "A device, pipe or socket lies in the directory of a custom role.",
        "Take it out of the role.",
    ),
    "VES-879": Code(
        "Variables of roles cannot be split",
        "`ansible_user_vars` is a line of `key=value`, with quotes around a value that has blanks, "
        "and one of its quotes is not closed.",
        "Close the quote.",
    ),
    "VES-880": Code(
        "The spec's name cannot name an image",
        "The file's name without its ending names the image: 1 to 63 small letters, digits and "
        "inner hyphens.",
        "Give the spec another name, such as `specs/my-node.yml`.",
    ),
}
