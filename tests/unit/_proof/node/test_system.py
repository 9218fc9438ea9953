"""Checks of a node, by what its programs say: health, a fault of each kind, and silence."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.context import Context
from ansible_collections.vessel.image.plugins.module_utils._proof.node import system
from ansible_collections.vessel.image.plugins.module_utils._proof.results import CheckResult
from ansible_collections.vessel.image.plugins.module_utils._proof.sequence import run_checks
from unit._proof.planted_guest import Planted, planted  # noqa: F401 - a fixture

Plant = Callable[..., Planted]
NAMES = ("registry.k8s.io/pause:3.10.1", "registry.k8s.io/etcd:3.6.4-0")
KUBEADM = f"""
case "$1" in
  config) printf '%s\\n' {" ".join(NAMES)};;
  *) echo v1.36.3;;
esac
"""


def found(name: str, context: Context) -> CheckResult:
    (result,) = run_checks(context, [name], "node")
    return result


@pytest.mark.parametrize(
    ("systemctl", "passed", "actual"),
    [
        ("true", True, "no failed unit"),
        ("echo broken.service loaded failed failed Broken", False, "broken.service"),
        ("echo no bus >&2; exit 1", False, "the guest planted gave no whole answer"),
    ],
)
def test_failed_units(planted: Plant, systemctl: str, passed: bool, actual: str) -> None:  # noqa: F811
    guest = planted(systemctl=systemctl, journalctl="echo it failed because")
    result = found("node.units", guest.context)
    assert (result.passed, result.actual) == (passed, actual)


def test_a_failed_unit_is_told_with_its_journal(planted: Plant) -> None:  # noqa: F811
    guest = planted(systemctl="echo a.service failed", journalctl='echo "cannot: $*"')
    (line,) = found("node.units", guest.context).lines
    assert line.startswith("cannot: ") and "-u a.service" in line


@pytest.mark.parametrize(
    ("said", "passed", "actual"),
    [
        ("echo status: done", True, "'done'"),
        ("echo status: done; exit 2", True, "'done'"),  # recoverable errors
        ("echo status: error; exit 1", False, "'error'"),
        ("exit 1", False, "'?'"),
    ],
)
def test_cloud_init(planted: Plant, said: str, passed: bool, actual: str) -> None:  # noqa: F811
    result = found("node.cloud_init", planted(**{"cloud-init": said}).context)
    assert (result.passed, result.actual) == (passed, actual)


@pytest.mark.parametrize(("name", "passed"), [("planted", True), ("localhost", False)])
def test_the_host_name_is_that_of_the_user_data(
    planted: Plant,  # noqa: F811
    name: str,
    passed: bool,
) -> None:
    assert found("node.user_data", planted(hostname=f"echo {name}").context).passed is passed


@pytest.mark.parametrize(("mib", "passed"), [("10240", True), ("10239", False), ("nothing", False)])
def test_the_root_has_grown(planted: Plant, mib: str, passed: bool) -> None:  # noqa: F811
    guest = planted(df=f"echo 1M-blocks; echo {mib}", journalctl="true")
    assert found("node.root_grown", guest.context).passed is passed


@pytest.mark.parametrize(
    ("module", "value", "passed"), [("true", "1", True), ("true", "0", False), ("true", "", False)]
)
def test_settings_of_the_kernel(
    planted: Plant,  # noqa: F811
    module: str,
    value: str,
    passed: bool,
) -> None:
    guest = planted(sysctl=f"echo {value}", journalctl="true")
    result = found("node.kernel_modules", guest.context)
    wrong = [line for line in result.actual.split(", ") if "net." in line]
    assert (not wrong) is passed


@pytest.mark.parametrize(
    ("kubelet", "passed"), [("Kubernetes v1.36.3", True), ("Kubernetes v1.36.2", False)]
)
def test_versions_are_the_manifests(planted: Plant, kubelet: str, passed: bool) -> None:  # noqa: F811
    guest = planted(
        kubelet=f"echo {kubelet}", kubeadm=KUBEADM, kubectl="echo Client Version: v1.36.3"
    )
    assert found("node.versions", guest.context).passed is passed


@pytest.mark.parametrize(
    ("images", "actual"),
    [
        ({name: True for name in NAMES}, "no missing preloaded image"),
        ({NAMES[0]: True}, NAMES[1]),
        ({NAMES[0]: True, NAMES[1]: False}, f"{NAMES[1]} is not pinned"),
    ],
)
def test_images_are_preloaded_and_pinned(
    planted: Plant,  # noqa: F811
    images: dict[str, bool],
    actual: str,
) -> None:
    listed = {"images": [{"repoTags": [n], "pinned": pin} for n, pin in images.items()]}
    guest = planted(systemctl="true", kubeadm=KUBEADM, crictl=f"echo '{json.dumps(listed)}'")
    result = found("node.preload", guest.context)
    assert (result.passed, result.actual) == (actual.startswith("no "), actual)


def test_a_list_of_images_that_is_none_is_red(planted: Plant) -> None:  # noqa: F811
    guest = planted(systemctl="true", kubeadm="exit 1", crictl="echo '{\"images\": []}'")
    assert not found("node.preload", guest.context).passed


@pytest.mark.parametrize(
    ("active", "names", "passed"),
    [
        ("active", ["crun", "wasmedge", "wasmedge-mixed", "wasmer", "wasmtime"], True),
        ("active", ["crun", "wasmedge", "wasmer", "wasmtime"], False),
        ("failed", ["crun", "wasmedge", "wasmedge-mixed", "wasmer", "wasmtime"], False),
    ],
)
def test_containerd_knows_every_handler(
    planted: Plant,  # noqa: F811
    active: str,
    names: list[str],
    passed: bool,
) -> None:
    lines = "\n".join(f"[plugins.cri.containerd.runtimes.{name}]" for name in names)
    guest = planted(systemctl=f"echo {active}", containerd=f"cat <<'T'\n{lines}\nT")
    result = found("node.containerd", guest.context)
    assert result.passed is passed, result


def test_an_answer_is_whole_or_none(planted: Plant) -> None:  # noqa: F811
    context = planted().context
    assert context.sh("echo a; false; echo b") == "a"
    assert context.sh("true") == "" and context.sure("true") == ""
    assert context.sure("echo a\nfalse || echo b") == "a\nb"
    for script in ("echo a; kill -9 $$", "exec true"):
        assert "gave no whole answer" in silence(context.sh, script)
    for script in ("echo a; false", "false | true", "exit 3"):
        assert "gave no whole answer" in silence(context.sure, script)


def silence(ask: Callable[[str], str], script: str) -> str:
    with pytest.raises(Exception, match="VES-819") as raised:
        ask(script)
    return str(raised.value)


@pytest.mark.parametrize(
    ("files", "said", "wrong"),
    [
        ("a.b = 1\n", "1", ""),
        ("a.b = 1\n# c.d = 2\n; e.f = 2\n-g.h = 2\n*.e = 1\n", "1", ""),
        ("a.b = 1\n", "2", "a.b is 2, not 1"),
        ("a.b = 1\na.b = 2\n", "2", ""),
        ("a.b = 1\na.b = 2\n", "1", "a.b is 1, not 2"),
        ("a.b = 1\nc.d = 1\n", "", "a.b is , not 1, c.d is , not 1"),
        (None, "1", "the guest planted gave no whole answer"),
    ],
)
def test_of_a_kernel_parameter_the_last_value_counts(
    planted: Plant,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: str | None,
    said: str,
    wrong: str,
) -> None:
    file = tmp_path / "of sysctl.d"
    monkeypatch.setattr(system, "SYSCTLS", shlex.join(["cat", str(file)]))
    if files is not None:
        file.write_text(files)
    result = found("node.sysctls", planted(sysctl=f"echo {said}").context)
    assert (result.passed, result.actual) == (
        not wrong,
        wrong or "no kernel parameter of another value",
    )


@pytest.mark.parametrize(
    ("digits", "keys", "actual"),
    [
        (33, 1, "32 digits, 1 keys"),
        (0, 1, "-1 digits, 1 keys"),
        (14, 1, "13 digits, 1 keys"),  # uninitialized
        (33, 0, "32 digits, 0 keys"),
    ],
)
def test_a_machine_has_made_its_identity(
    planted: Plant,  # noqa: F811
    digits: int,
    keys: int,
    actual: str,
) -> None:
    guest = planted(wc=f"cat >/dev/null; [ $1 = -c ] && echo {digits} || echo {keys}", ls="echo")
    result = found("node.identity", guest.context)
    assert (result.passed, result.actual) == (actual == "32 digits, 1 keys", actual)
