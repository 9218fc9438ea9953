"""Writes `docs/from-image-builder.md`, whose tables are those of `keys.py`.

    PYTHONPATH=collections python -m \\
        ansible_collections.vessel.image.plugins.module_utils._importer.page \\
        docs/from-image-builder.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from .._common.files import write_text
from .keys import MAPPED
from .unmapped import UNMAPPED

_HEAD = """\
<!-- Made from keys.py and unmapped.py in plugins/module_utils/_importer; page.py says how. -->
# From image-builder

[image-builder](https://github.com/kubernetes-sigs/image-builder) of Kubernetes, and its flavour for
the vSphere Kubernetes Service, take JSON files of Packer variables. The module
`vessel.image.import_image_builder` writes a spec from them:

```console
ansible-playbook playbooks/import-image-builder.yml \\
  -e files=extra_vars.json,internal_repos.json -e spec=specs/my-node.yml --check --diff
```

Name the files of `PACKER_VAR_FILES` in their order: of a key that several have, the last one
counts. Those of `packer/config` and of the target (`packer/qemu/qemu-ubuntu-2404.json`) may come
before them, since image-builder's version of Kubernetes stands there. What you give by
`PACKER_FLAGS`, write into a file of its own.

Without `--check` the spec is written, and beside it what it needs: roles, keys of repositories,
files. Nothing that is there is replaced without `-e force=true`, and a second run changes nothing.

Each key is said: where its value went, or why it went nowhere. `-v` also lists those that ask for
nothing. The last lines say what the spec still lacks, if anything. Values of secrets are neither
said nor written, whatever key holds them.

| say | for |
|---|---|
| `checkout` | the directory `images/capi`, where relative paths and the names of roles begin |
| `mounts` | where the paths of its container lie here: `{/home/imagebuilder/tkg: tkg}` |
| `digests` | the SHA-256 of each program of `additional_executables_list`, by URL |
| `machine_proxy` | the proxy of the build as the machine's own; image-builder takes it out again |
| `ovf_properties` | the file of vApp properties that it takes in `OVF_CUSTOM_PROPERTIES` |
| `force` | replacing files that are there |

The vSphere flavour's own files are Jinja templates. It renders them all into
`packer-variables.json` before it starts Packer: import that one. A rendered file may be YAML, too.

Three things are different afterwards:

- The node is Debian. Packages are Debian's; the lock says which name it has not.
- Roles run in a directory, not in a machine: they lay down files and enable units, and start
  nothing ([customising.md](customising.md#your-own-roles)). They find the variables that
  `ansible_user_vars` had, and those of image-builder's own that they name. Roles for after sysprep
  come before the image is sealed.
- Each program that is fetched needs a digest, and each repository a key.

## Keys that have a place

| key | where its value goes |
|---|---|
"""

_UNMAPPED = """
## Keys that have none

Any key that is in neither table is listed as unknown. image-builder itself passes over it silently.

| why | keys |
|---|---|
"""


def document() -> str:
    """The text of the page."""
    mapped = [f"| `{entry.key}` | {entry.to} |" for entry in MAPPED]
    unmapped = [
        f"| **{group.kind}**: {group.reason} | {', '.join(f'`{key}`' for key in group.keys)} |"
        for group in UNMAPPED
    ]
    return _HEAD + "\n".join(mapped) + "\n" + _UNMAPPED + "\n".join(unmapped) + "\n"


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), document())
