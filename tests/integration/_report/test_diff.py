"""`ansible-playbook playbooks/diff.yml` as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from unit._export.papers import file, lay


def diff(root: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", root / "playbooks/diff.yml", *arguments],
        cwd=directory,
        env={**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_images_that_differ_in_one_package_and_its_files(root: Path, tmp_path: Path) -> None:
    lay(tmp_path / "old", file("/etc/motd"))
    added = [file(f"/usr/share/doc/htop/{number}\n") for number in range(12)]
    packages = {"crun": "1.21-1", "htop": "3.4.1-5"}
    lay(tmp_path / "new image", file("/etc/motd", sha256="0" * 64), *added, packages=packages)
    words = ["-e", "old=old", "-e", "{new: new image/manifest.json}", "-e", "report=found.json"]
    found = diff(root, tmp_path, *words)
    assert found.returncode == 0, found.stdout
    for line in ("+ htop 3.4.1-5", "~ /etc/motd  content", "+ … and 2 more: -v shows all"):
        assert line in found.stdout
    told = json.loads((tmp_path / "found.json").read_text())
    assert told["packages"]["added"] == {"htop": "3.4.1-5"}
    assert len(told["files"]["added"]) == 12
    everything = diff(root, tmp_path, *words, "-v")
    assert "/usr/share/doc/htop/9\\n" in everything.stdout
    assert "more: -v" not in everything.stdout
    assert "changed=0" in everything.stdout  # the report was there


def test_mistakes_are_told_in_words(root: Path, tmp_path: Path) -> None:
    lay(tmp_path / "old")
    (tmp_path / "new").mkdir()
    for words, message in [
        ((), "Name two images: -e old=output/a -e new=output/b"),
        (("-e", "old=old", "-e", "new=none"), f"VES-711: there is no {tmp_path}/none"),
        (("-e", "old=old", "-e", "new=new"), f"VES-712: {tmp_path}/new holds no image"),
    ]:
        found = diff(root, tmp_path, *words)
        assert found.returncode != 0
        assert message in found.stdout
        assert "Traceback" not in found.stdout + found.stderr
