"""What checks may look at: the exported image, and the guests that run on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .._common.errors import VesselError
from .._export.exported import Exported
from .._lock.lock import Lock
from .._machine.guest import Guest
from .._machine.waiting import Silent
from .._spec.model import Spec
from .cluster.client import Cluster
from .cluster.kubectl import Kubectl

# The last line of every answer of a guest's: one that lacks it is cut off, or none at all.
END = "(vessel: that was all)"
LOOK = f"trap 'echo; echo \"{END}\"' EXIT\n"
SURE = f"\necho; echo '{END}'"


@dataclass(frozen=True, slots=True)
class Lab:
    """The guests of one proof, by name, in the order in which they were asked for. Most proofs have
    one, that of the exported files none."""

    guests: Mapping[str, Guest] = field(default_factory=dict)

    @property
    def only(self) -> Guest:
        """The one guest. Raises VES-804 when there is none, or there are several."""
        if len(self.guests) == 1:
            return next(iter(self.guests.values()))
        if not self.guests:
            raise VesselError.of("VES-804", "this check needs a guest", "Give it a running one.")
        names = ", ".join(self.guests)
        raise VesselError.of("VES-804", f"this check needs one guest, not {names}", "Give it one.")

    @property
    def boots(self) -> int:
        """How often they were started, 0 without one; guests of one proof reboot together."""
        return max((guest.boots for guest in self.guests.values()), default=0)

    @property
    def accelerators(self) -> str:
        """Under what they run, and why; empty without one."""
        said = (f"{guest.accelerator}: {guest.reason}" for guest in self.guests.values())
        return "; ".join(dict.fromkeys(said))


@dataclass(frozen=True, slots=True)
class Context:
    """What checks may look at. `fresh` makes pod checks start their pod anew, `patience` is how
    many seconds they wait, `kubectl` is this host's for the guest's cluster."""

    exported: Exported
    root: Path
    lock: Lock | None = None
    spec: Spec | None = None
    lab: Lab = field(default_factory=Lab)
    fresh: bool = False
    patience: float = 420.0
    kubectl: Path | None = None

    @property
    def machine(self) -> Guest:
        """The one guest, for checks that need it. Raises VES-804 as `Lab.only`."""
        return self.lab.only

    @property
    def cluster(self) -> Cluster:
        """The cluster in the guest."""
        return Cluster(Kubectl(self.machine, self.kubectl))

    def sh(self, script: str, timeout: float = 180) -> str:
        """What `script` prints in the guest, whatever its status. Raises `Silent` when the guest
        did not answer to the end, so that an empty answer is one."""
        return self._said(LOOK + script, timeout)

    def sure(self, script: str, timeout: float = 180) -> str:
        """What `script` prints in the guest, for scripts that name what is wrong, and say nothing
        when all is well. Raises `Silent` also when a command in it failed, after which it would
        have said nothing, too."""
        return self._said(script + SURE, timeout)

    def _said(self, script: str, timeout: float) -> str:
        result = self.machine.ssh.run(script, timeout=timeout, check=False)
        told, end, after = result.stdout.rstrip().rpartition(END)
        if not end or after:
            why = f"{result.stdout[-400:]}\n{result.stderr[-400:]}\nstatus {result.status}"
            raise Silent.of_guest(f"the guest {self.machine.name}", why)
        return told.strip()

    def booted_at(self) -> float:
        """When the guest's kernel started, in seconds since 1970 by the guest's clock."""
        return float(self.sh("sed -n 's/^btime //p' /proc/stat")) - 1

    def now(self) -> float:
        """The guest's clock, in whole seconds since 1970."""
        return float(self.sh("date +%s"))
