"""The offline half of a build has no network: what a role tries to fetch fails the build.

The server is real and answers on this host, so only the sandbox can be what keeps a role from it.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

import pytest
from ansible_collections.vessel.image.plugins.module_utils._flow.planning import plan_spec
from ansible_collections.vessel.image.plugins.module_utils._plan.plan import Plan
from ansible_collections.vessel.image.plugins.module_utils._tree import kept
from faults.builds import copy_project

PLANTED = """
- name: Fetch something
  ansible.builtin.command:
    argv: [python3, -c, "import urllib.request as u; u.urlopen('{url}', timeout=5)"]
  changed_when: true
"""


class Answer(BaseHTTPRequestHandler):
    """Says yes and counts."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    Answer.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def clone(root: Path, plan: Plan, tmp_path: Path) -> Path:
    """A copy of the repository, its path with a blank, and the lock that `make image` made."""
    copy = tmp_path / "a clone"
    copy_project(copy, root / "specs/wasm-node.lock.yml")
    return copy


def build(clone: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", "build-image.yml"],
        cwd=clone,
        env={**os.environ, "ANSIBLE_CONFIG": str(clone / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="the sandbox needs root")
def test_a_fetch_planted_in_a_role_fails_the_build(
    clone: Path, url: str, package_tree: Path
) -> None:
    with (clone / "roles/seal/tasks/main.yml").open("a", encoding="utf-8") as file:
        file.write(PLANTED.format(url=url))
    done = build(clone)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Fetch something" in said
    assert "Connection refused" in said  # by the loopback interface of the tree
    assert "VES-543: the play playbooks/seal.yml failed in the tree" in said
    assert Answer.asked == []
    assert not (clone / "output").exists()
    spec = clone / "specs/wasm-node.yml"
    broken = plan_spec(spec, clone, clone / "output", keep=False).plan
    assert broken is not None
    assert not kept.is_kept(broken.stage("seal").id)
    with urlopen(url) as answer:  # it was there to be had
        assert answer.status == 200
