"""Checks of a node's containerd and Kubernetes, before there is a cluster."""

from __future__ import annotations

import json

from ..check import Verdict, check, compare, none_of
from ..context import Context
from ..phases import NODE
from ..subjects import handlers


@check("node.containerd", NODE.at(90))
def containerd(context: Context) -> Verdict:
    """containerd runs and knows every handler that the image promises."""
    wanted = sorted(["crun", *(each.name for each in handlers(context.exported))])
    said = context.sh(
        "systemctl is-active containerd; containerd config dump"
        f" | grep -oE 'runtimes[.][\"'\"'\"']*({'|'.join(wanted)})\\b'"
        " | sed 's/.*[.]//' | tr -d \"\\\"'\" | sort -u"
    )
    return compare(" ".join(["active", *wanted]), " ".join(said.split()))


@check("node.versions", NODE.at(100))
def versions(context: Context) -> Verdict:
    """kubelet, kubeadm and kubectl are of the manifest's version."""
    said = context.sh(
        "kubelet --version | cut -d' ' -f2; kubeadm version -o short;"
        " kubectl version --client | sed -n 's/^Client Version: //p'"
    )
    wanted = context.exported.kubernetes.tag
    return compare(" ".join([wanted] * 3), " ".join(said.split()))


@check("node.release", NODE.at(110))
def release(context: Context) -> Verdict:
    """/etc/vessel/release is KEY=value lines, and the manifests for users are there."""
    krustlet = f'KRUSTLET="{str(context.exported.krustlet).lower()}"'
    said = context.sure(
        "grep -vE '^[A-Z][A-Z0-9_]*=' /etc/vessel/release && echo is no KEY=value line;"
        " test -s /etc/vessel/release || echo /etc/vessel/release is missing;"
        f" grep -qx '{krustlet}' /etc/vessel/release || echo '{krustlet} is missing';"
        " test -s /etc/vessel/manifests/runtimeclasses.yaml || echo no runtimeclasses.yaml;"
        " ls /etc/cni/net.d 2>/dev/null || true"  # not there is as good as empty
    )
    return none_of("missing file of the image, nor a CNI configuration", said.splitlines())


@check("node.preload", NODE.at(120))
def preload(context: Context) -> Verdict:
    """Every image that kubeadm wants is preloaded, and the kubelet must not remove it."""
    version = context.exported.kubernetes.tag
    said = context.sh(
        "systemctl is-active --quiet containerd || systemctl start containerd;"
        f" kubeadm config images list --kubernetes-version {version} 2>/dev/null;"
        " echo; crictl images --output json | tr -d '\n'"
    )
    names, _, listed = said.partition("\n\n")
    if not names.strip() or not listed.startswith("{"):
        return Verdict(False, "a list of images", f"kubeadm: {names!r}, crictl: {listed[:400]!r}")
    images = json.loads(listed)["images"]
    pinned = {tag: bool(each.get("pinned")) for each in images for tag in each["repoTags"]}
    missing = [name for name in names.split() if name not in pinned]
    loose = [f"{name} is not pinned" for name in names.split() if not pinned.get(name, True)]
    return none_of("missing preloaded image", [*missing, *loose])
