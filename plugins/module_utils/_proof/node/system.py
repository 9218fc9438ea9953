"""Checks of what runs and is loaded in a booted node."""

from __future__ import annotations

from ..._machine import console
from ..check import Verdict, check, none_of
from ..context import Context
from ..phases import NODE

MODULES = ("overlay", "br_netfilter")
SETTINGS = (
    "net.ipv4.ip_forward",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
)
# systemd reads all files in the order of their names, the last value of a parameter counts. What
# begins with a dash may fail, and patterns are of network devices. Tabs are blanks. Where there is
# no such parameter, sysctl fails, and what it says was seen.
SYSCTLS = "/usr/lib/systemd/systemd-sysctl --cat-config"
LOOK_AT_SYSCTLS = r"""
  awk -F ' *= *' '/^[^#;-]/ && !/[*]/ { of[$1] = $2 } END { for (n in of) print n, of[n] }' |
  tr '\t' ' ' | sort | while read -r name value; do
    seen=$(sysctl -n "$name" 2>&1 | tr '\t' ' ') || true
    [ "$seen" = "$value" ] || echo "$name is $seen, not $value"
  done
"""


@check("node.units", NODE.at(70))
def units(context: Context) -> Verdict:
    """No unit of systemd's failed."""
    script = "systemctl list-units --state=failed --plain --no-legend | cut -d' ' -f1"
    failed = context.sure(script).split()
    said = context.sh(f"journalctl -b --no-pager -n 40 {_units(failed)}") if failed else ""
    return none_of("failed unit", failed, console.telling(said.splitlines()))


@check("node.kernel_modules", NODE.at(80))
def kernel_modules(context: Context) -> Verdict:
    """What container networking and images need is loaded, with the settings that follow."""
    listing = "test -d /sys/module/$name || echo the module $name is not loaded"
    settings = 'test "$(sysctl -n $key 2>/dev/null)" = 1 || echo $key is not 1'
    script = (
        f"for name in {' '.join(MODULES)}; do {listing}; done;"
        f" for key in {' '.join(SETTINGS)}; do {settings}; done"
    )
    wrong = context.sure(script).splitlines()
    said = ""
    if wrong:
        said = context.sh("journalctl -b --no-pager -u systemd-modules-load.service | tail -n 12")
    return none_of("missing module or setting", wrong, console.telling(said.splitlines()))


@check("node.sysctls", NODE.at(85))
def sysctls(context: Context) -> Verdict:
    """Every kernel parameter is as the files say, the spec's last: one whose module is not
    loaded in time is passed over at boot."""
    wrong = context.sure(f"{SYSCTLS} |{LOOK_AT_SYSCTLS}").splitlines()
    return none_of("kernel parameter of another value", wrong)


def _units(names: list[str]) -> str:
    return " ".join(f"-u {name}" for name in names)
