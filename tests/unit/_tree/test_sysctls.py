"""Kernel parameters of modules: which module must be loaded before them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._tree import customize
from ansible_collections.vessel.image.plugins.module_utils._tree.sysctls import modules_for


@pytest.mark.parametrize(
    ("parameter", "module"),
    [
        ("net.netfilter.nf_conntrack_max", "nf_conntrack"),
        ("net/netfilter/nf_conntrack_tcp_timeout_close_wait", "nf_conntrack"),
        ("net.nf_conntrack_max", "nf_conntrack"),
        ("net.bridge.bridge-nf-call-iptables", "br_netfilter"),
        ("net.ipv4.vs.conntrack", "ip_vs"),
        ("net.mpls.platform_labels", "mpls_router"),
        ("net.sctp.addip_enable", "sctp"),
        ("sunrpc.tcp_slot_table_entries", "sunrpc"),
        ("fs.nfs.nlm_tcpport", "lockd"),
        ("fs.nfs.idmap_cache_timeout", "nfs"),
        ("dev.raid.speed_limit_max", "md_mod"),
    ],
)
def test_a_parameter_of_a_module(parameter: str, module: str) -> None:
    assert modules_for(["vm.swappiness", parameter, parameter]) == [module]


@pytest.mark.parametrize(
    "parameter",
    [
        "net.ipv4.ip_forward",
        "net.ipv4.vsomething",
        "net.ipv4.conf.eth0.rp_filter",
        "net.core.somaxconn",
        "net.netfilter.nf_log_all_netns",
        "fs.nfsd_like",
        "net.bridged",
        "kernel.panic",
    ],
)
def test_a_parameter_of_the_kernel_itself(parameter: str) -> None:
    assert modules_for([parameter]) == []


def test_the_nodes_own_parameters_have_their_modules(root: Path) -> None:
    etc = root / "roles/base/templates/rootfs/etc"
    lines = (etc / "sysctl.d/90-vessel.conf").read_text().splitlines()
    wanted = modules_for(line.split(" = ")[0] for line in lines if " = " in line)
    loaded = (etc / "modules-load.d/90-vessel.conf").read_text().splitlines()
    assert wanted == ["br_netfilter"]
    assert set(wanted) <= set(loaded)


def test_a_spec_with_a_parameter_of_a_module_loads_it(root: Path) -> None:
    nothing = load_spec(root / "specs/wasm-node.yml").customize
    sysctls = {"net.netfilter.nf_conntrack_max": 1048576, "vm.swappiness": 10}
    for given, expected in (([], "nf_conntrack\n"), (["dummy", "nf_conntrack"], None)):
        found = customize.contents(
            {**nothing, "sysctls": sysctls, "kernel_modules": given}, {}
        )["files"]  # fmt: skip
        [file] = [each for each in found if each["path"].startswith("/etc/modules-load.d/")]
        assert file["content"] == (expected or "dummy\nnf_conntrack\n")
