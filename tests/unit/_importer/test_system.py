"""Variables that become keys of the spec as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from unit._importer.given import VERSION, given, reasons


@pytest.fixture(autouse=True)
def _cache(cache: Path) -> None:
    """Scratch goes into a cache of the test's own."""


def spec(tmp_path: Path, **variables: Any) -> dict[str, Any]:
    result = given(tmp_path, {**VERSION, **variables})
    assert result.lacks == []
    content: dict[str, Any] = yaml.safe_load(result.text)
    return content


def test_nothing_but_a_version_is_a_whole_spec(tmp_path: Path) -> None:
    found = spec(tmp_path)
    assert found["kubernetes"] == {"version": "1.36.3"}
    assert found["name"] == "my-node"
    assert found["outputs"] == ["qcow2"]


@pytest.mark.parametrize(
    ("variables", "path", "value"),
    [
        ({"kubernetes_semver": "v1.34.1+vmware.1"}, ("kubernetes", "version"), "1.34.1"),
        ({"containerd_version": "2.3.2"}, ("container_runtime", "containerd"), "2.3.2"),
        ({"containerd_version": "1.7.27"}, ("container_runtime", "containerd"), "2.4.2"),
        ({"build_target": "raw"}, ("operating_system", "kernel"), "generic"),
        ({"build_target": "virt"}, ("operating_system", "kernel"), "cloud"),
        ({"format": "raw"}, ("outputs",), ["raw"]),
        ({"distro_arch": "x86_64"}, ("architectures",), ["amd64"]),
        ({"distro_name": "debian"}, ("operating_system", "distribution"), "debian"),
        (
            {"extra_debs": '"nfs-common jq"', "pinned_debs": "['jq', 'tree=2.1']"},
            ("customize", "packages"),
            ["nfs-common", "jq", "tree=2.1"],
        ),
        (
            {"extra_kernel_boot_params": "hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=4"},
            ("customize", "kernel_arguments"),
            ["hugepagesz=1G", "hugepages=4", "hugepagesz=2M", "hugepages=4"],
        ),
    ],
)
def test_what_is_mapped(
    tmp_path: Path, variables: dict[str, str], path: tuple[str, ...], value: Any
) -> None:
    found: Any = spec(tmp_path, **variables)
    for step in path:
        found = found[step]
    assert found == value


@pytest.mark.parametrize(
    ("key", "value", "kind", "words"),
    [
        ("kubernetes_semver", "latest", "something is missing", "no version of three numbers"),
        ("kubernetes_deb_version", "1.35.0-1.1", "something is missing", "1.36.3 was taken"),
        ("kubernetes_series", "v1.35", "something is missing", "1.36.3 was taken"),
        ("kubernetes_series", "v1.3", "something is missing", "1.36.3 was taken"),
        ("kubernetes_series", "v1.36", "not needed", "follows"),
        ("kubernetes_rpm_version", "1.36.3", "not needed", "follows"),
        ("kubernetes_deb_version", "1.36.3-1.1", "not needed", "follows"),
        ("containerd_version", "1.7.27", "not available", "containerd 2"),
        ("format", "vmdk2", "not available", "Vessel writes"),
        ("distro_name", "photon", "other distribution or cloud", "Debian"),
        ("distro_arch", "ppc64le", "not available", "ppc64le"),
        ("build_target", "cloud", "something is missing", "virt"),
        ("extra_debs", "jq UPPER", "something is missing", "'UPPER'"),
        ("extra_kernel_boot_params", "a=$(x)", "something is missing", "'a'"),
        ("extra_rpms", "nfs-utils", "other distribution or cloud", "RPM"),
        ("containerd_gvisor_runtime", "true", "not available", "gVisor"),
        ("containerd_gvisor_runtime", "false", "no value", "not switched on"),
        ("containerd_enable_limit_no_file", "false", "no value", "not switched on"),
        ("http_proxy", "http://proxy.example.com:3128", "not needed", "machine_proxy"),
        ("iso_url", "{{env `X`}}", "not needed", "installed"),
        ("extra_debs", "{{env `X`}}", "something is missing", "template"),
        ("extra_debs", "{{ host_ip }}", "something is missing", "template"),
        ("extra_debs", "", "no value", "no value"),
        ("extra_debz", "jq", "unknown key", "did you mean `extra_debs`?"),
        ("ssh_password", "x", "a secret", "secret"),
        ("my_token", "x", "a secret", "secret"),
    ],
)
def test_what_is_listed(tmp_path: Path, key: str, value: str, kind: str, words: str) -> None:
    result = given(tmp_path, {**VERSION, key: value})
    [(found, reason)] = reasons(result, key)
    assert found == kind
    assert words in reason


def test_an_ova(tmp_path: Path) -> None:
    result = given(tmp_path, {**VERSION, "vmx_version": "15"})
    assert yaml.safe_load(result.text)["outputs"] == ["ova"]
    assert reasons(result, "vmx_version") == []
    assert result.lacks == []


def test_the_machine_of_an_ova(tmp_path: Path) -> None:
    properties = tmp_path / "metadata.json"
    properties.write_text(
        '{"VERSION": "v1.36.3+example.1", "example.com.tier": "a & \\"b\\"", "no key": "",'
        ' "api_token": "hunter2x"}'
    )
    variables = {**VERSION, "vmx_version": "21", "firmware": "efi", "memory": "8192"}
    result = given(tmp_path, variables, properties=properties)
    assert result.lacks == []
    found = yaml.safe_load(result.text)
    assert found["machine"] == {
        "hardware_version": 21,
        "firmware": "efi",
        "product": {
            "version": "v1.36.3+example.1",
            "properties": [{"key": "example.com.tier", "value": 'a & "b"'}],
        },
    }
    assert reasons(result, "no key")[0][0] == "something is missing"
    assert reasons(result, "api_token")[0][0] == "a secret"
    assert "hunter2" not in result.text


def test_a_pip_configuration_with_a_password(tmp_path: Path) -> None:
    pip = tmp_path / "pip.conf"
    pip.write_text("[global]\nindex-url = https://user:hunter2x@pypi.example.com/simple\n")
    result = given(tmp_path, {**VERSION, "pip_conf_file": str(pip)})
    assert reasons(result, "pip_conf_file")[0][0] == "a secret"
    assert pip not in result.sources.values()


def test_a_version_that_is_said_once_only(tmp_path: Path) -> None:
    result = given(tmp_path, {"kubernetes_deb_version": "1.36.3-1.1"})
    assert yaml.safe_load(result.text)["kubernetes"] == {"version": "1.36.3"}
    assert result.lacks == []


def test_what_a_spec_lacks_is_said(tmp_path: Path) -> None:
    [lack] = given(tmp_path, {"extra_debs": "jq"}).lacks
    assert lack.startswith("my-node.yml:1:1: VES-207: `kubernetes` is missing")
    [lack] = given(tmp_path, {"kubernetes_semver": "v1.28.3"}).lacks
    assert "VES-208: Kubernetes 1.28.3 is not available" in lack


def test_a_proxy_for_the_machine(tmp_path: Path) -> None:
    proxies = {
        "http_proxy": "http://proxy.example.com:3128",
        "https_proxy": "'http://proxy.example.com:3128'",
        "no_proxy": "localhost,10.0.0.0/8,.svc",
    }
    result = given(tmp_path, {**VERSION, **proxies}, machine_proxy=True)
    assert yaml.safe_load(result.text)["customize"]["proxy"] == {
        "http": "http://proxy.example.com:3128",
        "https": "http://proxy.example.com:3128",
        "no_proxy": ["localhost", "10.0.0.0/8", ".svc"],
    }
    assert result.lacks == []


def test_a_proxy_with_a_password(tmp_path: Path) -> None:
    proxy = {"http_proxy": "http://user:hunter2hunter2@proxy.example.com"}
    result = given(tmp_path, {**VERSION, **proxy}, machine_proxy=True)
    [(kind, reason)] = reasons(result, "http_proxy")
    assert kind == "a secret"
    assert "hunter2" not in f"{reason}{result.text}"


def test_small_files(tmp_path: Path) -> None:
    pip = tmp_path / "pip.conf"
    pip.write_text("[global]\n")
    result = given(
        tmp_path,
        {
            **VERSION,
            "containerd_enable_limit_no_file": "true",
            "containerd_image_pull_progress_timeout": "10m",
            "block_nouveau_loading": "true",
            "gpu_block_nouveau_loading": "true",
            "kubelet_extra_args": '--v=4 --node-labels="a=b"',
            "pip_conf_file": str(pip),
        },
    )
    assert result.lacks == []
    files = {
        each["path"]: result.sources[each["source"]]
        for each in yaml.safe_load(result.text)["customize"]["files"]
    }
    limit = "/etc/systemd/system/containerd.service.d/50-limit-nofile.conf"
    assert files[limit] == b"[Service]\nLimitNOFILE=1048576\n"
    assert files["/etc/default/kubelet"] == (
        b'KUBELET_EXTRA_ARGS="--v=4 --node-labels=\\"a=b\\""\n'
    )
    assert files["/etc/pip.conf"] == pip
    assert files["/etc/modprobe.d/50-no-nouveau.conf"] == b"blacklist nouveau\n"
    drop_in = files["/etc/containerd/conf.d/60-image-builder.toml"]
    assert b"version = 3" in drop_in and b'image_pull_progress_timeout = "10m"' in drop_in
    gone = given(tmp_path, {**VERSION, "pip_conf_file": str(pip), "remove_extra_repos": "true"})
    assert reasons(gone, "pip_conf_file")[0][0] == "not needed"
