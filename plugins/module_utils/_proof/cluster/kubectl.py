"""kubectl, where it is cheap: on this host.

A kubectl that is emulated takes seconds, and a proof asks hundreds of times. The image's own is in
the store of the host that built it, and a guest of the proof's has its API server on a port of the
loopback interface. Where the store has it no longer, the guest's does.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._common.files import write_text
from ..._common.run import Result, run
from ..._export.exported import Exported
from ..._machine.guest import API_PORT, Guest, place
from ..._machine.ports import LOOPBACK
from ..._tree import kept

ADMIN = "/etc/kubernetes/admin.conf"
# A name in the API server's certificate, which has none for a port of the host.
SERVER_NAME = "kubernetes"
# Seconds for one kubectl, which may wait inside.
LIMIT = 300.0


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl for the cluster in `guest`: `program` on this host, or the guest's own."""

    guest: Guest
    program: Path | None = None

    def run(self, arguments: str, *, stdin: str = "", check: bool = True) -> Result:
        """Run `kubectl <arguments>`, words as a shell splits them. Errors as `run` and `Ssh.run`
        raise them."""
        given: dict[str, Any] = {
            "stdin": stdin.encode() if stdin else None,
            "timeout": LIMIT,
            "check": check,
            "what": f"kubectl {arguments}",
        }
        port = self.guest.leads_to(API_PORT)
        if self.program is None or port is None:
            return self.guest.ssh.run(f"kubectl --kubeconfig={ADMIN} {arguments}", **given)
        home = place(self.guest.name)
        words = [f"--kubeconfig={self._access(home)}", f"--server=https://{LOOPBACK}:{port}"]
        words += [f"--tls-server-name={SERVER_NAME}", *shlex.split(arguments)]
        # The user's own cache and preferences are another cluster's.
        return run([self.program, *words], env={"HOME": str(home), "KUBECONFIG": ""}, **given)

    def _access(self, home: Path) -> Path:
        """The administrator's credentials, which go when the guest does."""
        path = home / Path(ADMIN).name
        if not path.exists():
            text = self.guest.ssh.run(f"cat {ADMIN}", what="reading the cluster's credentials")
            write_text(path, text.stdout, mode=0o600)
        return path


def find(exported: Exported) -> Path | None:
    """The kubectl that was built for the image, if this host's cache has it."""
    built = {stage["name"]: stage["id"] for stage in exported.manifest["stages"]}.get("kubernetes")
    if built is None or not kept.is_kept(built):
        return None
    kept.check(built, "Kubernetes")
    return kept.place(built) / "kubectl"
