# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tree
short_description: Run modules inside a directory that holds a root file system
version_added: 0.1.0
author: Vessel contributors (@vessel)
description:
  - The host's address is the directory. Every command runs with it as the root directory, by
    C(bwrap), with a fixed environment and without a network, the host's files, processes and
    most of root's rights.
  - It works only inside Vessel's sandbox and refuses to run anywhere else, so that no role can
    change the host by mistake.
  - C(/sys), C(/run) and C(/tmp) are mounted for the first command and go away with the sandbox;
    each command has its own C(/proc) and C(/dev). Ansible's own scratch files lie in that C(/tmp),
    so none stays in the tree.
options:
  remote_addr:
    description: The directory, as an absolute path.
    type: str
    required: true
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: delegated_vars['ansible_host']
  source_date_epoch:
    description: The time, in seconds since 1970, that tools in the tree should take for now.
    type: int
    vars:
      - name: vessel_source_date_epoch
extends_documentation_fragment:
  - connection_pipelining
"""

import subprocess
from pathlib import Path
from typing import IO, Any

from ansible.errors import AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase
from ansible.utils.display import Display
from ansible_collections.vessel.image.plugins.module_utils._common.errors import (
    VesselError,
)
from ansible_collections.vessel.image.plugins.module_utils._common.files import (
    atomic_file,
)
from ansible_collections.vessel.image.plugins.module_utils._tree import boundary
from ansible_collections.vessel.image.plugins.module_utils._tree.mounts import mount

display = Display()

SCRATCH = "/tmp/.ansible"
ENVIRONMENT = {
    **boundary.ENVIRONMENT,
    "SYSTEMD_OFFLINE": "1",  # systemctl edits the tree instead of asking a running systemd
}


class Connection(ConnectionBase):
    """Commands in a tree, inside the sandbox."""

    transport = "vessel.image.tree"
    has_pipelining = True
    has_tty = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_scratch_out_of_the_tree(self._shell)

    @property
    def tree(self) -> Path:
        return Path(self.get_option("remote_addr"))

    def _connect(self) -> Connection:
        if not self._connected:
            if not self.tree.is_absolute():
                raise AnsibleConnectionFailure(
                    f"VES-925: {self.tree} is not an absolute path\n"
                    "    Set ansible_host to the directory of the tree."
                )
            try:
                mount(self.tree)
            except VesselError as error:
                raise AnsibleConnectionFailure(str(error)) from error
            self._connected = True
        return self

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Run `cmd` by the tree's shell; gives its exit status, output and error output."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        display.vvv(f"EXEC {cmd}", host=str(self.tree))
        return self._run(["/bin/sh", "-c", cmd], in_data)

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the host into the tree.

        The tree's own `cat` writes it, so links lead where they lead in the tree.
        """
        super().put_file(in_path, out_path)
        if not Path(in_path).is_file():
            raise AnsibleFileNotFound(f"VES-923: there is no file {in_path}")
        with Path(in_path).open("rb") as source:
            status, _, said = self._run(["/bin/sh", "-c", 'cat > "$1"', "sh", out_path], source)
        if status:
            raise AnsibleConnectionFailure(
                f"VES-923: cannot write {out_path} in {self.tree}: {text(said)}"
            )

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the tree to the host."""
        super().fetch_file(in_path, out_path)
        with atomic_file(Path(out_path)) as target:
            status, _, said = self._run(["/bin/cat", "--", in_path], None, target)
            if status:
                raise AnsibleConnectionFailure(
                    f"VES-924: cannot read {in_path} in {self.tree}: {text(said)}"
                )

    def close(self) -> None:
        """The mounts stay: they go away with the sandbox."""
        self._connected = False

    def _run(
        self,
        words: list[str],
        given: bytes | IO[bytes] | None,
        target: IO[bytes] | int = subprocess.PIPE,
    ) -> tuple[int, bytes, bytes]:
        is_file = given is not None and not isinstance(given, bytes)
        with boundary.in_tree(self.tree) as (wall, descriptor):
            child = subprocess.Popen(
                [*wall, *words],
                env=self._environment(),
                stdin=given if is_file else subprocess.PIPE,
                stdout=target,
                stderr=subprocess.PIPE,
                pass_fds=[descriptor],
                umask=0o022,
                start_new_session=True,
            )
            out, said = child.communicate(None if is_file else given)
        return child.returncode, out or b"", said

    def _environment(self) -> dict[str, str]:
        """Nothing of the host's: no proxy, no credential, no locale."""
        epoch = self.get_option("source_date_epoch")
        return ENVIRONMENT if epoch is None else {**ENVIRONMENT, "SOURCE_DATE_EPOCH": str(epoch)}


def text(said: bytes) -> str:
    return said.decode(errors="replace").strip()


def _keep_scratch_out_of_the_tree(shell: Any) -> None:
    """Make Ansible's scratch directory one on the tmpfs, whatever is configured for other hosts.

    Ansible sets the options of the shell plugin after those of the connection, so it has to happen
    when it does; `direct` is its own way to say that a value wins.
    """
    set_options = shell.set_options

    def with_scratch(
        task_keys: Any = None, var_options: Any = None, direct: dict[str, Any] | None = None
    ) -> None:
        set_options(task_keys, var_options, {**(direct or {}), "remote_tmp": SCRATCH})

    shell.set_options = with_scratch
