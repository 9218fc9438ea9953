"""A registry in the guest, from which Krustlet pulls."""

from __future__ import annotations

from pathlib import Path

from ..._workloads import registry
from ..._workloads.container_images import make_artifacts
from ..context import Context
from .node import LAYER_TYPE

REGISTRY, SETTINGS = "/run/proof/registry", "/etc/default/krustlet"
# The names of the images are those that containerd has; their registry answers on this port.
REGISTRY_PORT, REGISTRY_NAME = 80, "vessel.test"
SERVE = f"""
rm -rf {REGISTRY} && install -d {REGISTRY} && tar -x -C {REGISTRY}
grep -q {REGISTRY_NAME} /etc/hosts || echo 127.0.0.1 {REGISTRY_NAME} >>/etc/hosts
touch {SETTINGS}
grep -q {REGISTRY_NAME} {SETTINGS} || {{
  echo KRUSTLET_INSECURE_REGISTRIES={REGISTRY_NAME} >>{SETTINGS}
  systemctl restart krustlet.service
}}
"""
RUN = f"""
systemctl is-active --quiet proof-registry || systemd-run --quiet --unit=proof-registry \
  python3 {REGISTRY}/registry.py {REGISTRY} {REGISTRY_PORT}
"""


def bring_registry(context: Context) -> None:
    """The modules are where Krustlet pulls from."""
    run = context.machine.ssh.run
    with make_artifacts(context.root, LAYER_TYPE).open("rb") as file:
        run(SERVE, stdin=file, what="bringing the artifacts")
    program = Path(registry.__file__).read_bytes()
    run(f"cat >{REGISTRY}/registry.py", stdin=program, what="bringing the registry")
    run(RUN, what="starting the registry")
