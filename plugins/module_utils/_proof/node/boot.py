"""Checks of a booted node, before there is a cluster on it."""

from __future__ import annotations

from ..._lock.engines import SHIMS
from ..._machine import console
from ..check import Context, Verdict, check, compare, none_of
from ..engines import handlers, released

GROWN_MIB = 10 * 1024
MODULES = ("overlay", "br_netfilter")
SETTINGS = (
    "net.ipv4.ip_forward",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
)


@check("node.cloud_init", step=True)
def cloud_init(context: Context) -> Verdict:
    """cloud-init ended well, with the user data of the seed."""
    # Status 2 means "done, but with recoverable errors", such as a deprecated key.
    said = context.sh("cloud-init status --wait --long", timeout=600)
    status = next((li.split()[-1] for li in said.splitlines() if li.startswith("status:")), "?")
    return compare("done", status, console.telling(said.splitlines()))


@check("node.firmware")
def firmware(context: Context) -> Verdict:
    """The machine was really started by the firmware that was asked for."""
    seen = context.sh("test -d /sys/firmware/efi && echo uefi || echo bios")
    return compare(context.machine.firmware, seen)


@check("node.user_data")
def user_data(context: Context) -> Verdict:
    """The host name is that of the user data. (Its SSH key was what let us in.)"""
    return compare(context.machine.hostname, context.sh("hostname"))


@check("node.identity")
def identity(context: Context) -> Verdict:
    """The first boot made what the image must not have: a machine id and SSH host keys."""
    script = "cat /etc/machine-id | wc -c; ls /etc/ssh/ssh_host_*_key | wc -l"
    length, keys = (int(word) for word in context.sh(script).split())
    passed = length == 33 and keys > 0
    return Verdict(passed, "a machine id and host keys", f"{length - 1} digits, {keys} keys")


@check("node.root_grown")
def root_grown(context: Context) -> Verdict:
    """Partition and file system took the larger disk."""
    size = int(context.sh("df --output=size -m / | tail -n 1") or 0)
    lines = context.sh("journalctl -b --no-pager -g 'growpart|growfs|repart|resize' | tail -n 8")
    actual = f"{size} MiB"
    return Verdict(size >= GROWN_MIB, f"at least {GROWN_MIB} MiB", actual, tuple(lines.split("\n")))


@check("node.units")
def units(context: Context) -> Verdict:
    """No unit of systemd's failed."""
    script = "systemctl list-units --state=failed --plain --no-legend | cut -d' ' -f1"
    failed = context.sh(script).split()
    said = context.sh(f"journalctl -b --no-pager -n 40 {_units(failed)}") if failed else ""
    return none_of("failed unit", failed, console.telling(said.splitlines()))


@check("node.kernel_modules")
def kernel_modules(context: Context) -> Verdict:
    """What container networking and images need is loaded, with the settings that follow."""
    listing = "test -d /sys/module/$name || echo the module $name is not loaded"
    settings = 'test "$(sysctl -n $key 2>/dev/null)" = 1 || echo $key is not 1'
    script = (
        f"for name in {' '.join(MODULES)}; do {listing}; done;"
        f" for key in {' '.join(SETTINGS)}; do {settings}; done"
    )
    wrong = context.sh(script).splitlines()
    said = ""
    if wrong:
        said = context.sh("journalctl -b --no-pager -u systemd-modules-load.service | tail -n 12")
    return none_of("missing module or setting", wrong, console.telling(said.splitlines()))


@check("node.oci_runtime")
def oci_runtime(context: Context) -> Verdict:
    """crun can run Wasm, and the engine that it loads by name is there."""
    # crun only suggests the library's package, so a build can lose it without a word.
    said = context.sh(
        "crun --version | grep -o '+WASM:wasmedge' || echo crun has no +WASM:wasmedge;"
        " test -e /usr/bin/crun-wasm || echo /usr/bin/crun-wasm is missing;"
        # The loader's cache names the file; only a look shows whether it is still there.
        " engine=$(ldconfig -p | awk '/libwasmedge[.]so[.]0/ {print $NF; exit}');"
        ' test -e "$engine" || echo libwasmedge.so.0 is missing'
    )
    return compare("+WASM:wasmedge", said)


# A pipe that finds nothing has failed: outside of `if` it would end the script before the next one.
SHIMS_START = """
for shim in {names}; do
  said=$($shim -v 2>&1) || echo "$shim does not start: status $?: $(tail -n 1 <<<"$said")"
  if lacks=$(ldd "$(command -v $shim)" 2>&1 | grep "not found"); then echo "$shim: $lacks"; fi
done
"""


@check("node.shims")
def shims(context: Context) -> Verdict:
    """Every shim starts, and finds the libraries that it is linked with or opens."""
    engines = [engine for engine in context.exported.engines if engine in SHIMS]
    names = " ".join(SHIMS[engine].name for engine in engines)
    said = context.sh(SHIMS_START.format(names=names))
    if "wasmtime" in engines and "wasmtime" not in released(context.exported):
        wanted = "ldconfig -p | grep -q 'libonnxruntime[.]so' || echo libonnxruntime.so is missing"
        said = "\n".join(filter(None, (said, context.sh(wanted))))
    return none_of("missing or broken", said.splitlines())


@check("node.containerd")
def containerd(context: Context) -> Verdict:
    """containerd runs and knows every handler that the image promises."""
    wanted = sorted(["crun", *handlers(context.exported)])
    said = context.sh(
        "systemctl is-active containerd; containerd config dump"
        f" | grep -oE 'runtimes[.][\"'\"'\"']*({'|'.join(wanted)})\\b'"
        " | sed 's/.*[.]//' | tr -d \"\\\"'\" | sort -u"
    )
    return compare(" ".join(["active", *wanted]), " ".join(said.split()))


@check("node.versions")
def versions(context: Context) -> Verdict:
    """kubelet, kubeadm and kubectl are of the manifest's version."""
    said = context.sh(
        "kubelet --version | cut -d' ' -f2; kubeadm version -o short;"
        " kubectl version --client | sed -n 's/^Client Version: //p'"
    )
    wanted = f"v{context.exported.kubernetes}"
    return compare(" ".join([wanted] * 3), " ".join(said.split()))


@check("node.release")
def release(context: Context) -> Verdict:
    """/etc/vessel/release is KEY=value lines, and the manifests for users are there."""
    krustlet = f'KRUSTLET="{str(context.exported.krustlet).lower()}"'
    said = context.sh(
        "grep -vE '^[A-Z][A-Z0-9_]*=' /etc/vessel/release && echo is no KEY=value line;"
        " test -s /etc/vessel/release || echo /etc/vessel/release is missing;"
        f" grep -qx '{krustlet}' /etc/vessel/release || echo '{krustlet} is missing';"
        " test -s /etc/vessel/manifests/runtimeclasses.yaml || echo no runtimeclasses.yaml;"
        " ls /etc/cni/net.d 2>/dev/null"
    )
    return none_of("missing file of the image, nor a CNI configuration", said.splitlines())


@check("node.preload")
def preload(context: Context) -> Verdict:
    """Every image that kubeadm wants is preloaded."""
    version = f"v{context.exported.kubernetes}"
    said = context.sh(
        "systemctl is-active --quiet containerd || systemctl start containerd;"
        f" kubeadm config images list --kubernetes-version {version} 2>/dev/null | sort >/run/want;"
        " ctr --namespace k8s.io images list -q | sort >/run/have;"
        " wc -l </run/want; comm -23 /run/want /run/have"
    )
    number, *missing = said.split() or ["0"]
    if int(number) == 0:
        return Verdict(False, "a list of images", "kubeadm named none")
    return none_of("missing preloaded image", missing)


def _units(names: list[str]) -> str:
    return " ".join(f"-u {name}" for name in names)
