# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: guest
short_description: Boot an exported image in a throw-away virtual machine, reboot it, end it
version_added: 0.1.0
description:
  - Boots a copy-on-write overlay of the exported qcow2 image with QEMU; the image is only read.
  - The guest gets its host name, address and SSH key from a cloud-init seed, as a user would do it.
    It has no network but the forwarded SSH port.
  - KVM is used only after the image reached its login prompt under it, once for each boot of the
    host; otherwise the machine is emulated. A guest that then does not come up under KVM is tried
    once more by emulation.
author: Vessel contributors (@vessel)
options:
  name:
    description: The guest's name, by which later tasks find it.
    type: str
    required: true
  state:
    description:
      - V(booted) starts a fresh guest, ending one of the same name, and waits until it answers.
      - V(running) demands that it runs, and runs O(script) in it.
      - V(rebooted) reboots a running guest from inside and waits until it answers again.
      - V(absent) keeps its journal, ends it and removes all that belongs to it.
    type: str
    choices: [booted, running, rebooted, absent]
    default: booted
  script:
    description: A bash script (with C(-e) and C(pipefail)) to run as root; for O(state=running).
    type: str
  output:
    description: The directory of the exported image; needed by O(state=booted).
    type: path
  logs:
    description: Where console and journal go; C(logs) in O(output) by default.
    type: path
  firmware:
    description: What starts the machine.
    type: str
    choices: [uefi, bios]
    default: uefi
  until:
    description: What to wait for. V(login) gives the guest no seed and no network card.
    type: str
    choices: [ssh, login]
    default: ssh
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
    description: Size of the overlay in GiB; more than the image has, so that growing is seen.
    type: int
    default: 12
  disks:
    description: Sizes in GiB of further disks, which are empty; the first is C(/dev/vdc).
    type: list
    elements: int
    default: []
  user_data:
    description:
      - Cloud configuration that the seed has besides. Users come after the one who may log in, and
        all else replaces what Vessel says itself.
    type: dict
    default: {}
  meta_data:
    description: Metadata that the seed has besides.
    type: dict
    default: {}
  cards:
    description: Network cards besides the one of SSH.
    type: list
    elements: dict
    default: []
    suboptions:
      network:
        description:
          - V(user) is a network of this card alone, with DHCP and router advertisements and without a way out.
          - Any other name is a segment of this host's loopback interface. Guests that name it reach each other.
        type: str
        required: true
      mac:
        description: The card's hardware address; by default one that follows from the guest's name.
        type: str
        default: ""
      driver:
        description: The driver that the guest uses for it.
        type: str
        choices: [virtio_net, vmxnet3]
        default: virtio_net
  network_data:
    description:
      - cloud-init's network data, version 2. By default it gives the card of SSH its address.
      - The first card of the guest is that of SSH, at C(52:54:00:5e:55:01). Its address must be C(10.0.2.15), which
        DHCP gives it as well.
    type: dict
  uuid:
    description: The machine's UUID. Guests with the same one get one machine id, as clones of a used machine have.
    type: str
    default: ""
  bus:
    description: What its own disk is connected by. The seed and further disks are virtio's.
    type: str
    choices: [virtio, pvscsi, nvme, sata]
    default: virtio
  driver:
    description: The driver that the guest uses for the card of SSH.
    type: str
    choices: [virtio_net, vmxnet3]
    default: virtio_net
attributes:
  check_mode:
    description: A guest is either there or not.
    support: none
  diff_mode:
    description: There is no difference to show.
    support: none
"""

EXAMPLES = r"""
- name: Boot the image
  vessel.image.guest:
    name: node
    output: output/wasm-node

- name: End the guest
  vessel.image.guest:
    name: node
    state: absent
"""

RETURN = r"""
guest:
  description: The guest as it runs.
  returned: unless O(state) is V(absent)
  type: dict
  sample:
    name: node
    port: 40001
    identity: /home/me/.cache/vessel/proof/guests/node/id_ed25519
    firmware: uefi
    accelerator: tcg
    boots: 1
    seconds: 62.5
stdout:
  description: What O(script) printed.
  returned: when O(state) is V(running)
  type: str
"""
