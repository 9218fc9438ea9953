from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result
from ansible_collections.vessel.image.plugins.module_utils._export.exported import Exported
from ansible_collections.vessel.image.plugins.module_utils._machine.guest import Guest, place
from ansible_collections.vessel.image.plugins.module_utils._machine.ssh import Ssh
from ansible_collections.vessel.image.plugins.module_utils._proof.cluster import kubectl
from ansible_collections.vessel.image.plugins.module_utils._tree import kept

BUILT = "b" * 64
IMAGE = Exported(Path(), {"stages": [{"name": "tools", "id": "a" * 64},
                                     {"name": "kubernetes", "id": BUILT}]})  # fmt: skip
# Says what it was given.
TELLS = """#!/bin/sh
for word in "$@"; do echo "$word"; done
echo "HOME=$HOME KUBECONFIG=$KUBECONFIG"
cat
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scripts that a guest was asked to run; each prints the same."""
    scripts: list[str] = []

    def run(_: Ssh, script: str, **__: Any) -> Result:
        scripts.append(script)
        return Result(0, "credentials\n", "")

    monkeypatch.setattr(Ssh, "run", run)
    return scripts


def guest(ports: str = "40123:6443") -> Guest:
    place("some").mkdir(parents=True)
    return Guest("some", 1, 1, 1022, "uefi", "h", "tcg", "", "/nowhere", ports=ports)


def keep_one(text: str) -> Path:
    """A kept result of the image's stage that builds Kubernetes."""
    with kept.making(BUILT, vouched=True) as made:
        (made / "kubectl").write_text(text)
        (made / "kubectl").chmod(0o755)
    return kept.place(BUILT) / "kubectl"


def test_the_kept_kubectl_runs_on_this_host(cache: Path, asked: list[str]) -> None:
    keep_one(TELLS)
    found = kubectl.Kubectl(guest(), kubectl.find(IMAGE))
    for _ in range(2):
        said = found.run("apply -f - --what='two words'", stdin="given").stdout.splitlines()
    access = place("some") / "admin.conf"
    assert said == [
        f"--kubeconfig={access}",
        "--server=https://127.0.0.1:40123",
        "--tls-server-name=kubernetes",
        *("apply", "-f", "-", "--what=two words"),
        f"HOME={place('some')} KUBECONFIG=",
        "given",
    ]
    assert asked == ["cat /etc/kubernetes/admin.conf"]
    assert access.read_text() == "credentials\n"
    assert stat.S_IMODE(access.stat().st_mode) == 0o600


@pytest.mark.parametrize(("built", "ports"), [(False, "40123:6443"), (True, ""), (True, "80:80")])
def test_without_one_or_a_port_the_guests_runs(
    cache: Path, asked: list[str], built: bool, ports: str
) -> None:
    if built:
        keep_one(TELLS)
    said = kubectl.Kubectl(guest(ports), kubectl.find(IMAGE)).run("get nodes")
    assert said.stdout == "credentials\n"
    assert asked == ["kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes"]


def test_a_damaged_one_is_not_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_sound", set())  # of other tests in this process
    keep_one(TELLS).write_text("#!/bin/sh\necho something else\n")
    with pytest.raises(VesselError, match=r"VES-406: the cache's copy of Kubernetes was damaged"):
        kubectl.find(IMAGE)
    assert kubectl.find(IMAGE) is None  # it was removed


def test_an_image_without_kubernetes_has_none(cache: Path) -> None:
    keep_one(TELLS)
    assert kubectl.find(Exported(Path(), {"stages": []})) is None
