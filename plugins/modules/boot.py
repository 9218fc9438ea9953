# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: boot
short_description: Boot an exported image to log in, and end it again
version_added: 0.1.0
description:
  - Boots a copy-on-write overlay of the exported qcow2 image with QEMU; the image is only read. The guest lives until
    it is ended, and what was written in it is gone then.
  - A cloud-init seed (NoCloud) holds your public SSH key. The user it lets in may become root by C(sudo).
  - Only this host reaches the guest, by ports of its loopback interface.
author: Vessel contributors (@vessel)
options:
  state:
    description:
      - V(present) boots the guest unless it runs, and waits until it answers.
      - V(absent) presses its power button, waits, ends it and removes all that belongs to it.
      - V(described) says which guests run and how to get in.
    type: str
    choices: [present, absent, described]
    default: present
  name:
    description: The guest's name, for more than one; by default that of the spec.
    type: str
  output:
    description: The directory of an exported image, or the one that holds it under the name of O(spec).
    type: path
    required: true
  spec:
    description: The spec of the image.
    type: path
    required: true
  user:
    description: The name to log in with; V(root) is taken, too.
    type: str
    default: vessel
  public_key:
    description:
      - The file with the public key that lets in.
      - By default the first of C(~/.ssh), in the order in which C(ssh) offers them; without one, a key is made for the guest.
    type: path
  ports:
    description: Ports of the host's loopback interface that lead into the guest, as V(8080:80) or V(6443).
    type: list
    elements: str
    default: []
  ssh_port:
    description: The host's port that leads to SSH; any free one by default.
    type: int
    default: 0
  network:
    description:
      - V(nat) lets the guest out as this host's user, but not to services of the host's loopback interface, nor to
        link-local addresses such as a cloud's metadata service.
      - With V(none) it has no way out.
    type: str
    choices: [nat, none]
    default: nat
  firmware:
    description: What starts the machine.
    type: str
    choices: [uefi, bios]
    default: uefi
  accelerator:
    description: V(auto) probes KVM.
    type: str
    choices: [auto, kvm, tcg]
    default: auto
  memory:
    description: Memory in MiB.
    type: int
    default: 4096
  cpus:
    description: Virtual CPUs.
    type: int
    default: 2
  disk:
    description: Size of the guest's disk in GiB; the image's or more.
    type: int
    default: 12
attributes:
  check_mode:
    description: The result says whether a guest would be booted or ended; key, ports and names are checked.
    support: full
  diff_mode:
    description: There is no difference to show beyond what is returned.
    support: none
"""

EXAMPLES = r"""
- name: Boot the image, its API server on this host's port 6443
  vessel.image.boot:
    output: output
    spec: specs/wasm-node.yml
    ports: ["6443"]
  register: booted

- name: Say how to get in
  ansible.builtin.debug:
    msg: "{{ booted.summary }}"

- name: Switch it off
  vessel.image.boot:
    output: output
    spec: specs/wasm-node.yml
    state: absent
"""

RETURN = r"""
guests:
  description: The guests that were asked for, as they run.
  returned: success
  type: list
  elements: dict
  sample: [{name: wasm-node, port: 40001, user: vessel, firmware: uefi, accelerator: kvm, seconds: 11.5}]
summary:
  description: What a person needs to know, such as the command that logs in.
  returned: success
  type: list
  elements: str
"""
