# Copyright: Vessel contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of the module contents: renders the overlay and hands the blobs over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible_collections.vessel.image.plugins.module_utils._common.files import sha256_file

TEMPLATE = ".j2"


class ActionModule(ActionBase):
    """One module run on the target, whatever the number of files."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _staged = 0

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Turn `overlay` into `files`, put every blob where the module can read it, run it."""
        variables = task_vars or {}
        result = super().run(tmp, variables)
        arguments = dict(self._task.args)
        overlay = arguments.pop("overlay", None)
        modes = {
            str(path): str(mode) for path, mode in (arguments.pop("modes", None) or {}).items()
        }
        try:
            files = [self._brought(file) for file in arguments.get("files") or []]
            arguments["files"] = files + self._render(overlay, modes, variables)
            arguments["binaries"] = self._stage(arguments.get("binaries") or {})
            module = self._execute_module(
                module_name="vessel.image.contents", module_args=arguments, task_vars=variables
            )
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return {**result, **module}

    def _render(
        self, overlay: str | None, modes: dict[str, str], variables: dict[str, Any]
    ) -> list[dict[str, str]]:
        files = []
        for source, path in _overlay(self._directory(overlay)) if overlay else ():
            usual = "0755" if os.access(source, os.X_OK) else "0644"
            content = self._text(source, variables)
            files.append({"path": path, "content": content, "mode": modes.pop(path, usual)})
        if modes:
            raise AnsibleActionFail(f"modes names files that the overlay has not: {sorted(modes)}")
        return files

    def _text(self, source: Path, variables: dict[str, Any]) -> str:
        text = self._loader.get_text_file_contents(str(source))
        if source.suffix != TEMPLATE:
            return str(text)
        templar = self._templar.copy_with_new_env(
            searchpath=[str(source.parent)], available_variables=variables
        )
        rendered = templar.template(
            trust_as_template(text), escape_backslashes=False, overrides={"trim_blocks": True}
        )
        return str(rendered or "")

    def _directory(self, overlay: str) -> Path:
        try:
            found = Path(self._find_needle("templates", overlay))
        except AnsibleError as error:
            raise AnsibleActionFail(f"the role has no templates/{overlay}: {error}") from error
        if not found.is_dir():
            raise AnsibleActionFail(f"{found} is not a directory")
        return found

    def _stage(self, binaries: dict[str, dict[str, str]]) -> dict[str, dict[str, dict[str, str]]]:
        """Digest each program here and put it where the module can read it."""
        staged: dict[str, dict[str, dict[str, str]]] = {}
        for directory, programs in binaries.items():
            staged[directory] = {}
            for name, source in programs.items():
                if not Path(source).is_file():
                    raise AnsibleActionFail(f"{directory}/{name}: there is no file {source}")
                given = {"src": self._put(source), "sha256": sha256_file(Path(source))}
                staged[directory][name] = given
        return staged

    def _brought(self, file: dict[str, str]) -> dict[str, str]:
        """A file by its content as it is; one by its source, put where the module can read it."""
        if not file.get("src"):
            return file
        if not Path(file["src"]).is_file():
            raise AnsibleActionFail(f"{file['path']}: there is no file {file['src']}")
        return {**file, "src": self._put(file["src"]), "sha256": sha256_file(Path(file["src"]))}

    def _put(self, source: str) -> str:
        """The path of a copy on the target; in check mode nothing is copied, nor read there."""
        if self._task.check_mode:
            return source
        shell = self._connection._shell
        if shell.tmpdir is None:
            self._make_tmp_path()
        self._staged += 1
        remote = shell.join_path(shell.tmpdir, f"blob{self._staged}")
        self._transfer_file(str(source), remote)
        self._fixup_perms2([shell.tmpdir, remote])
        return str(remote)


def _overlay(directory: Path) -> list[tuple[Path, str]]:
    """The files below `directory` in a fixed order, each with its absolute path in the machine."""
    found = []
    for source in sorted(directory.rglob("*")):
        if source.is_symlink():
            raise AnsibleActionFail(f"{source} is a symbolic link: name it under links")
        if source.is_file():
            path = f"/{source.relative_to(directory).as_posix()}"
            found.append((source, path.removesuffix(TEMPLATE)))
    return found
