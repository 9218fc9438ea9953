"""The wall around programs of a tree, and around programs of the host that work on one.

What packages and roles bring runs as root. It gets namespaces of its own (mounts, processes,
network, IPC, host name, control groups), in which the host's files, processes and sockets are not
there. In /proc it can only write to what is about its own processes. It has those of root's
capabilities that an installation needs, and no way to get others; no environment but the one that
is given; and a seccomp filter (syscalls.py). SECURITY.md says what is left.

bubblewrap sets it up: bwrap(1), which Flatpak uses for the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .._common.run import Result, run
from .syscalls import program, readable

# What chown, chmod, mkdir, setcap, adduser and `su` in scripts need, for files of any owner.
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETFCAP", "SETGID", "SETUID")
# Of the host's /etc, what programs of the host want: accounts, libraries, alternatives.
ETC = ("alternatives", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "passwd")
# Of /proc, what tells of the host and nobody needs. Which of it there is says the kernel.
MASKED = ("acpi", "asound", "kcore", "keys", "kmsg", "latency_stats", "sched_debug", "scsi",
          "timer_list")  # fmt: skip
# All of it that programs of a tree see; no proxy, no credential, no locale of the host's.
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "DEBIAN_FRONTEND": "noninteractive",
        "PYTHONDONTWRITEBYTECODE": "1",  # compiled files hold times and would stay in the tree
    }
)
NAME = "localhost"  # of the host, as the programs see it
TREE = "/tree"  # where programs of the host find the tree
NAMESPACES = (
    *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--hostname", NAME, "--new-session", "--die-with-parent"),
)


@cache
def works() -> bool:
    """Whether this host lets us have namespaces. Raises VES-101 without bubblewrap."""
    return run(["bwrap", "--unshare-pid", "--ro-bind", "/", "/", "true"], check=False).status == 0


@contextmanager
def in_tree(tree: Path) -> Iterator[tuple[list[str], int]]:
    """The words that let a command run in `tree` as its root, and a descriptor that it inherits.

    What is mounted in the tree is there, but for /proc and /dev, which are new for each command.
    """
    with readable(program(sync=True)) as descriptor:
        yield _bwrap(descriptor, ["--bind", str(tree), "/"], CAPABILITIES), descriptor


def run_on_tree(  # noqa: PLR0913 - each is a distinct property of one child process
    tree: Path,
    words: Sequence[str],
    readable_files: Mapping[Path, str],
    *,
    rights: Sequence[str] = (),
    env: Mapping[str, str] = ENVIRONMENT,
    timeout: float = 600,
    what: str = "",
) -> Result:
    """Let a program of the host work on `tree`, which it finds as `TREE`; the rest is `run`'s.

    Of the host it sees its programs, which it cannot change, and `readable_files` (where they lie:
    where it finds them). `rights` are capabilities besides `CAPABILITIES`. Forcing data to the disk
    does nothing.
    """
    view = [*_programs(), *_bound(tree, readable_files, rights)]
    with readable(program(sync=False)) as descriptor:
        wall = _bwrap(descriptor, view, (*CAPABILITIES, *rights))
        return run(
            [*wall, *words],
            env=env,
            bare=True,
            descriptors=[descriptor],
            timeout=timeout,
            what=what,
        )


def _programs() -> list[str]:
    """The words that show the host's programs, and what of its /etc they want."""
    view = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        place = Path("/", name)
        if place.is_symlink():
            view += ["--symlink", os.readlink(place), str(place)]
        elif place.is_dir():
            view += ["--ro-bind", str(place), str(place)]
    for name in ETC:
        view += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return [*view, "--dir", "/etc/apt/apt.conf.d", "--dir", "/sys", "--tmpfs", "/tmp"]


def _bound(tree: Path, readable_files: Mapping[Path, str], rights: Sequence[str]) -> list[str]:
    """The words that show the tree and the files. Device files in the tree open nothing, unless it
    is the program itself that makes them."""
    files = [word for place, seen in readable_files.items()
             for word in ("--ro-bind", str(place), seen)]  # fmt: skip
    return ["--dev-bind" if "MKNOD" in rights else "--bind", str(tree), TREE, *files]


def _bwrap(descriptor: int, view: Sequence[str], capabilities: Sequence[str]) -> list[str]:
    rights = [word for name in capabilities for word in ("--cap-add", f"CAP_{name}")]
    if os.geteuid() != 0:
        rights = []  # bwrap makes a user namespace, and gives none
    return [
        *("bwrap", *NAMESPACES, "--cap-drop", "ALL", *rights, "--seccomp", str(descriptor)),
        *(*view, "--dev", "/dev", "--proc", "/proc", *_only_processes(Path("/proc"))),
        *("--chdir", "/", "--"),
    ]


def _only_processes(proc: Path) -> Iterator[str]:
    """The words that make what is not about processes read-only, and hide what is `MASKED`."""
    for place in sorted(proc.iterdir()):
        if place.name.isdigit() or place.is_symlink():
            continue  # of a process
        if place.name not in MASKED:
            if place.is_dir() or place.stat().st_mode & 0o222:
                yield from ("--ro-bind", str(place), str(place))
        elif place.is_dir():
            yield from ("--tmpfs", str(place), "--remount-ro", str(place))
        else:
            yield from ("--ro-bind", "/dev/null", str(place))
