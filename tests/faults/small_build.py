"""A build that takes a third of a second, by the product's own code from the lock to the summary.

Small is only the vessel (small_recipe.py), and that nothing is resolved: of what the lock names one
program is fetched and measured. Packer is left out, and its sandbox is a process that was forked.

    python tests/faults/small_build.py SITE

serves on standard input: a line is the commands of one run, and a log's path; the answer is its
exit status. Runs are forked, so that a thousand of them import the library once.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "collections"), str(ROOT / "tests")]

from ansible.playbook.task import Task  # noqa: E402
from ansible_collections.vessel.image.plugins.action import (  # noqa: E402
    cache,
    lock,
    plan,
    store,
    summary,
    unchanged,
)
from ansible_collections.vessel.image.plugins.module_utils._flow import (  # noqa: E402
    build,
    locking,
    planning,
    sandbox,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._lock.lock import Lock  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._plan import plan as plans  # noqa: E402
from ansible_collections.vessel.image.plugins.module_utils._report import page  # noqa: E402
from faults.small_recipe import KINDS, RECIPE, VESSEL  # noqa: E402
from integration._lock.archives import SUITE, Archives  # noqa: E402
from unit.locked import answering  # noqa: E402

SPEC, OUTPUT, CACHE, ARCHIVES = "specs/small.yml", "output", "cache", "archives.json"
NEW_MOUNTS, NEW_NETWORK = 0x00020000, 0x40000000  # unshare(2)
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
PRIVATE = 0x00044000  # MS_REC | MS_PRIVATE, mount(2)
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """The command line."""
    site = Path(sys.argv[1])
    os.environ |= {"VESSEL_CACHE": str(site / CACHE), "no_proxy": "127.0.0.1"}
    os.chdir("/")
    _make_small()
    _warm_up(site)
    for line in sys.stdin:
        log, *commands = line.rstrip("\n").split("\t")
        print(_forked(lambda log=log, commands=commands: _run(site, log, commands)), flush=True)


def _make_small() -> None:
    """The product, but for what takes long or is not here."""
    planning.RECIPES = locking.RECIPES = {VESSEL: RECIPE}
    real = plans._kind
    plans._kind = lambda named: KINDS.get(named[1]) or real(named)
    locking._resolve, locking.RESOLVING = _resolved, 0
    sandbox.subprocess = _Sandbox


def _warm_up(site: Path) -> None:
    """Parse what every run would: the spec (again when it changes), our own code, templates."""
    read: dict[bytes, Any] = {}

    def load_spec(path: Path) -> Any:
        data = path.read_bytes()
        if data not in read:
            read[data] = load(path)
        return read[data]

    load = planning.load_spec
    planning.load_spec = lock.load_spec = load_spec
    spec_file = site / SPEC
    answer = Lock(answering(spec_file, ROOT))
    planning.make_plan(load_spec(spec_file), spec_file, answer, ROOT)
    page._template()


def _resolved(_spec: Any, spec_file: Path, _wanted: Any, _old: Lock, root: Path, _new: Any) -> Lock:
    """The lock of packages and modules that nobody has, and of a program that was fetched."""
    answer = answering(spec_file, root)
    served = spec_file.parent.parent / ARCHIVES
    if served.exists():  # by the host's apt; the spec asks for more than the archive has
        told = json.loads(served.read_bytes())
        of = Archives(served.parent, told["address"], Path(told["key"]), served.parent)
        mirrors = {"debian": f"{of.address}/debian/"}
        debian.resolve(
            ["tool"], ["tool"], distribution=of.distribution, release=SUITE, mirrors=mirrors
        )
    asked = [{k: v for k, v in each.items() if k != "size"} for each in answer["executables"]]
    return Lock({**answer, "executables": locking._measured(asked)})


class _Sandbox:
    """In place of subprocess in `_flow.sandbox`: the offline half, in namespaces of its own."""

    def __init__(self, words: Sequence[str], env: dict[str, str]) -> None:
        self.words, self.env = words, env

    Popen: Callable[..., Any]

    def wait(self) -> int:
        return _forked(self._run)

    def _run(self) -> int:
        _libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)  # as `mortal` has it
        os.environ |= self.env
        for failed in (_libc.unshare(NEW_MOUNTS | NEW_NETWORK),
                       _libc.mount(b"none", b"/", None, PRIVATE, None)):  # fmt: skip
            if failed:
                raise OSError(ctypes.get_errno(), "no namespaces")
        sys.argv = ["build", *self.words[-2:]]
        return build.main()


_Sandbox.Popen = _Sandbox


def _run(site: Path, log: str, commands: Sequence[str]) -> int:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.environ["VESSEL_FRONT_DOOR"] = str(os.getpid())
    return next(filter(None, (COMMANDS[each](site) for each in commands)), 0)


def _build(site: Path) -> int:
    """What build-image.yml does."""
    where = {"spec": str(site / SPEC), "root": str(ROOT), "output": str(site / OUTPUT)}
    if (found := _act(unchanged, **where)).get("unchanged"):
        return 0
    if found.get("failed") or _act(lock, spec=where["spec"], root=where["root"]).get("failed"):
        return 1
    planned = _act(plan, **where)
    if planned.get("failed"):
        return 1
    identity = {"plan_id": planned["plan_id"]}
    if not planned["built"]:
        if _act(store, **identity).get("failed"):
            return 1
        sys.argv = ["sandbox", "the build of small.yml", planned["plan_id"], where["output"]]
        if status := sandbox.main():
            return status
    return 1 if _act(summary, **identity, output=where["output"]).get("failed") else 0


def _prune(_site: Path) -> int:
    return 1 if _act(cache, state="pruned", max_age=0).get("failed") else 0


def _lock(site: Path) -> int:
    found = _act(lock, spec=str(site / SPEC), root=str(ROOT))
    return 1 if found.get("failed") else 0


COMMANDS: dict[str, Callable[[Path], int]] = {"build": _build, "lock": _lock, "prune": _prune}


def _act(module: Any, **arguments: Any) -> dict[str, Any]:
    """The result of a task, as Ansible has it of the action plugin."""
    task = Task()
    task.args, task.check_mode, task.diff, task.async_val = arguments, False, False, 0
    shell = SimpleNamespace(_shell=SimpleNamespace(tmpdir=""))  # no task has files to hand on
    action = module.ActionModule(task, shell, None, None, None, None)
    found: dict[str, Any] = action.run(None, {})
    if found.get("failed"):
        print(found["msg"], flush=True)
    return found


def _forked(work: Callable[[], int]) -> int:
    """The exit status of `work` in a process of its own."""
    sys.stdout.flush()
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = 70
    try:
        status = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
