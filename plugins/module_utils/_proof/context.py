"""What checks may look at: the exported image, and the guests that run on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import VesselError
from .._export.exported import Exported
from .._machine.guest import Guest
from .._spec.model import Spec
from .cluster.client import Cluster
from .cluster.kubectl import Kubectl


@dataclass(frozen=True, slots=True)
class Context:
    """What checks may look at. `fresh` makes pod checks start their pod anew, `patience` is how
    many seconds they wait, `expect` replaces what a named check expects, `kubectl` is this host's
    for the guest's cluster."""

    exported: Exported
    root: Path
    lock: Mapping[str, Any] | None = None
    spec: Spec | None = None
    guest: Guest | None = None
    fresh: bool = False
    patience: float = 420.0
    expect: Mapping[str, str] = field(default_factory=dict)
    kubectl: Path | None = None

    @property
    def machine(self) -> Guest:
        """The guest, for checks that need one. Raises VES-804 when there is none."""
        if self.guest is None:
            raise VesselError.of("VES-804", "this check needs a guest", "Give it a running one.")
        return self.guest

    @property
    def cluster(self) -> Cluster:
        """The cluster in the guest."""
        return Cluster(Kubectl(self.machine, self.kubectl))

    def sh(self, script: str, timeout: float = 180) -> str:
        """What `script` prints in the guest, whatever its status."""
        return self.machine.ssh.run(script, timeout=timeout, check=False).stdout.strip()

    def booted_at(self) -> float:
        """When the guest's kernel started, in seconds since 1970 by the guest's clock."""
        return float(self.sh("sed -n 's/^btime //p' /proc/stat")) - 1

    def now(self) -> float:
        """The guest's clock, in whole seconds since 1970."""
        return float(self.sh("date +%s"))
