# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: import_image_builder
short_description: Write a spec from the variables of Kubernetes' image-builder
version_added: 0.1.0
description:
  - Reads the files of Packer variables that image-builder's builds are customised by, and writes a spec and the files that it needs.
  - Says of each key where its value went, or why it went nowhere.
  - Uses no network. Values of secrets are neither said nor written.
author: Vessel contributors (@vessel)
options:
  variable_files:
    description:
      - The files, JSON as Packer reads them, or YAML; of a key that several have, the last one counts.
      - Templates of the vSphere flavour are read after they were rendered.
    type: list
    elements: path
    required: true
  spec:
    description:
      - The spec to write. Its name without the ending names the image.
      - What it needs is written to the directory of that name beside it.
    type: path
    required: true
  root:
    description: The directory of the collection, where editors find the schema of specs.
    type: path
    required: true
  checkout:
    description: The directory C(images/capi) of image-builder, where its relative paths, and names of roles, begin.
    type: path
  mounts:
    description: Where on this host the paths lie that image-builder's container has, as its option C(-v) says it.
    type: dict
    default: {}
  digests:
    description: The SHA-256 of programs that image-builder fetches without one, by URL.
    type: dict
    default: {}
  machine_proxy:
    description: Whether the proxy of the build becomes the machine's. image-builder takes it out of its images.
    type: bool
    default: false
  ovf_properties:
    description: The file of vApp properties that image-builder takes in C(OVF_CUSTOM_PROPERTIES).
    type: path
  force:
    description: Whether files that are there and differ are replaced. Otherwise nothing is written.
    type: bool
    default: false
attributes:
  check_mode:
    description: Nothing is written.
    support: full
  diff_mode:
    description: Shows the texts that are made; of files that are copied, their names.
    support: full
"""

EXAMPLES = r"""
- name: Import what one build is customised by
  vessel.image.import_image_builder:
    variable_files: [extra_vars.json, internal_repos.json]
    spec: specs/my-node.yml
    root: "{{ playbook_dir }}"

- name: Import a build that runs in image-builder's container
  vessel.image.import_image_builder:
    variable_files: [tkg.json, vsphere.json]
    spec: specs/my-tanzu-node.yml
    root: "{{ playbook_dir }}"
    checkout: ../image-builder/images/capi
    mounts:
      /home/imagebuilder/tkg: tkg
    digests:
      https://example.com/tool: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
"""

RETURN = r"""
mapped:
  description: The keys that have a place in the spec, and which.
  returned: success
  type: list
  elements: dict
  sample: [{key: extra_debs, to: "`customize.packages`"}]
left:
  description:
    - The keys, or parts of their values, that have none; of what kind the reason is, the reason, and where the value stands.
    - Kinds are V(not needed), V(other distribution or cloud), V(not available), V(a secret), V(something is missing), V(no value) and V(unknown key).
  returned: success
  type: list
  elements: dict
  sample:
    - key: ssh_password
      kind: a secret
      reason: a secret has no place in a spec or an image; what needs it asks the environment
      where: extra_vars.json:4:19
missing:
  description: What the spec still lacks, in the words of its own errors. Empty when it can be built.
  returned: success
  type: list
  elements: str
  sample: []
written:
  description: The files and directories that were written, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [specs/my-node.yml]
spec:
  description: The spec.
  returned: success
  type: str
  sample: specs/my-node.yml
summary:
  description: The lines that were said.
  returned: success
  type: list
  elements: str
"""
