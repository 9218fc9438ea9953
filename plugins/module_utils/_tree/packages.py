"""The packages stage: every locked Debian package installed in one transaction, off the network.

mmdebstrap installs from a local repository that holds exactly the locked packages, so apt has no
choice left; afterwards the tree's own dpkg database is compared with the lock.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from .._common.errors import VesselError
from .._common.progress import report
from .._common.run import run
from .._common.scratch import scratch
from .._common.space import space
from .._store.debfile import control
from .boundary import CAPABILITIES, ENVIRONMENT, TREE, run_on_tree
from .deb import Deb
from .deferred import defer_hooks
from .inside import Inside

# Licences stay: they must travel with what they are about.
DPKG_OPTIONS = (
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-include=/usr/share/locale/locale.alias",
    "path-exclude=/usr/share/lintian/*",
)
MIRROR = "/mnt"  # in the tree, base-files brings it anyway
# mmdebstrap itself makes device files and mounts. What it starts of these may not.
ITS_OWN = ("MKNOD", "SETPCAP", "SYS_ADMIN", "SYS_CHROOT")
LIMITED = ("apt-get", "chroot", "dpkg-deb", "tar")
LIMITS = "limits"  # a directory of the mirror's, and a program there
_LIMIT = """#!/bin/sh
PATH=${{PATH#*:}}
exec setpriv --inh-caps=-all --bounding-set=-all,{kept} -- "${{0##*/}}" "$@"
"""
SETTINGS = "etc/dpkg/dpkg.cfg.d/vessel-build"  # of dpkg, while it installs
# mmdebstrap copies these two of the host's unless they are there already.
HOST_FILES = ("etc/resolv.conf", "etc/hostname")
# Written while installing; they hold times or paths of this build and are needed by nothing.
LEFTOVERS = (
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/apt/sources.list",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    SETTINGS,
    "etc/hostname",
    "etc/.resolv.conf.systemd-resolved.bak",
    "var/cache/ldconfig/aux-cache",
    "var/lib/systemd/random-seed",
)
EMPTIED = (
    "run",
    "tmp",
    "var/cache/apt",
    "var/cache/debconf",
    "var/lib/apt/lists",
    "var/log",
    "var/tmp",
)
# Directory, and names in it to remove.
PATTERNS = (
    # The kernel fills it, and in a user namespace nobody can make device files.
    ("dev", "*"),
    # Host keys made by openssh-server's installation would be the same on every machine.
    ("etc/ssh", "ssh_host_*_key*"),
    ("var/lib/dpkg", "*-old"),
)
STATUS = "var/lib/dpkg/status"
RESOLV = "../run/systemd/resolve/stub-resolv.conf"
INSTALLED_SIZE = re.compile(r"^Installed-Size: (\d+)$", re.MULTILINE)  # in KiB


def build_packages(packages: Sequence[Deb], tree: Path, *, epoch: int, release: str) -> None:
    """Install the locked `packages` into the empty directory `tree`; needs root.

    `epoch` (seconds) replaces the clock wherever the tools ask for it. No initial RAM disk is
    made. Raises VES-102 when the installation fails, and VES-501 when what is installed is not
    exactly what is locked.
    """
    packed = sum(package.file.stat().st_size for package in packages)
    with (
        scratch("repository") as repository,
        space(tree, packed, "installing the packages"),
    ):
        unpacked = make_repository(packages, repository, release)
        report(f"packages: installing {len(packages)} packages")
        with space(tree, unpacked, "installing the packages"):
            _install(packages, repository, tree, epoch, release)
        clean(tree)
        check_exact(packages, tree)


def make_repository(packages: Sequence[Deb], directory: Path, release: str) -> int:
    """A Debian archive of links to the packages' files; its index repeats each one's control data.

    Returns the bytes that all packages take when installed, as they say themselves.

    Format: https://wiki.debian.org/DebianRepository/Format
    """
    pool = directory / "pool"
    index = directory / "dists" / release / "main"
    pool.mkdir()
    index.mkdir(parents=True)
    controls = [control(package.file) for package in packages]
    stanzas = []
    for package, paragraph in zip(packages, controls, strict=True):
        size, sha256 = package.file.stat().st_size, package.file.name
        file = f"pool/{sha256}.deb"
        _link(package.file, directory / file)
        stanzas.append(f"{paragraph}\nFilename: {file}\nSize: {size}\nSHA256: {sha256}\n")
    # apt asks for the index by architecture; one text with every package answers each of them.
    for architecture in sorted({package.architecture for package in packages} - {"all"}):
        place = index / f"binary-{architecture}"
        place.mkdir()
        (place / "Packages").write_text("\n".join(stanzas))
    return 1024 * sum(int(size) for size in INSTALLED_SIZE.findall("\n".join(controls)))


def clean(tree: Path) -> None:
    """Remove what holds times, paths, secrets or the identity of one machine."""
    inside = Inside(tree)
    for name in LEFTOVERS:
        inside.remove(name)
    for name in EMPTIED:
        inside.empty(name)
    for directory, pattern in PATTERNS:
        for name in fnmatch.filter(inside.names(directory), pattern):
            inside.remove(f"{directory}/{name}")
    inside.write_link("etc/resolv.conf", RESOLV)
    # Present and empty: systemd makes an identity on the first boot.
    inside.write("etc/machine-id", b"")


def check_exact(packages: Sequence[Deb], tree: Path) -> None:
    """Compare the tree's dpkg database with the lock; VES-501 names every difference."""
    format_ = "${db:Status-Abbrev} ${Package} ${Version} ${Architecture}\n"
    with scratch("dpkg") as place:
        (place / "status").write_bytes(Inside(tree).read(STATUS))
        argv = ["dpkg-query", f"--admindir={place}", "--show", f"--showformat={format_}"]
        installed = {" ".join(line.split()) for line in run(argv).stdout.splitlines()}
    locked = {f"ii {p.name} {p.version} {p.architecture}" for p in packages}
    if installed != locked:
        extra = [f"not locked: {line}" for line in sorted(installed - locked)]
        lacking = [f"not installed: {line}" for line in sorted(locked - installed)]
        raise VesselError.of(
            "VES-501",
            "the tree does not hold exactly the locked packages",
            "\n".join(["Lock again with `-e update=true`.", *extra, *lacking]),
        )


def _install(
    packages: Sequence[Deb],
    repository: Path,
    tree: Path,
    epoch: int,
    release: str,
) -> None:
    architecture = next(p.architecture for p in packages if p.name == "dpkg")
    (repository / "dpkg.cfg").write_text("\n".join(DPKG_OPTIONS) + "\n")
    _write_limits(repository / LIMITS)
    include = ",".join(f"{p.name}={p.version}" for p in packages)
    # Before the host's could be copied; both are replaced by `clean`.
    own_files = " ".join(f'"$1/{name}"' for name in HOST_FILES)
    # The directory takes its name only when complete, so nothing is lost without fsync.
    argv = [
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--format=directory",
        f"--architectures={architecture}",
        f"--include={include}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=Acquire::Check-Valid-Until "false"',
        # Of the host's _apt, the number would stay in the tree, as the owner of two directories.
        '--aptopt=APT::Sandbox::User "root"',
        "--dpkgopt=force-unsafe-io",
        f'--setup-hook=mkdir -p "$1/etc/dpkg/dpkg.cfg.d" && touch {own_files}',
        # Where apt, outside, and dpkg, in the tree, both find the packages without a copy.
        f'--setup-hook=mkdir "$1{MIRROR}" && mount --bind {MIRROR} "$1{MIRROR}"',
        # As options of mmdebstrap's they would start a slow filter for each essential package.
        f'--setup-hook=cp {MIRROR}/dpkg.cfg "$1/{SETTINGS}"',
        f'--extract-hook=cd "$1" && {_find_left_out()}',
        *defer_hooks(),
        f'--customize-hook=umount "$1{MIRROR}"',
        release,
        TREE,
        # Every byte was verified against the lock when it came into the store.
        f"deb [trusted=yes] file:{MIRROR} {release} main",
    ]
    env = {
        **ENVIRONMENT,
        "PATH": f"{MIRROR}/{LIMITS}:{ENVIRONMENT['PATH']}",
        "SOURCE_DATE_EPOCH": str(epoch),
        # A role makes the initial RAM disk once, when its drivers and settings are in place.
        "INITRD": "No",
        "DEBCONF_NONINTERACTIVE_SEEN": "true",
        "TMPDIR": "/tmp",  # not the tree's, where a package may put something else
    }
    seen, what = {repository: MIRROR}, "installing the Debian packages"
    run_on_tree(tree, argv, seen, rights=ITS_OWN, env=env, timeout=3600, what=what)


def _write_limits(directory: Path) -> None:
    """Programs that take rights away from the host's of the same names, and become those."""
    kept = ",".join(f"+{name.lower()}" for name in (*CAPABILITIES, "SYS_CHROOT"))
    directory.mkdir()
    for name in LIMITED:
        (directory / name).write_text(_LIMIT.format(kept=kept))
        (directory / name).chmod(0o755)


def _link(blob: Path, name: Path) -> None:
    """A hard link: it holds in a tree, too, where the store's path is not there."""
    try:
        name.hardlink_to(blob)
    except OSError:  # the store is on another file system
        shutil.copyfile(blob, name)


def _find_left_out() -> str:
    """A find(1) command that removes from its directory what DPKG_OPTIONS leave out.

    Its patterns are dpkg's: a `*` matches slashes, too.
    """
    options = [option.removeprefix("path-").split("=/", 1) for option in DPKG_OPTIONS]
    excluded = " -o ".join(f"-path './{p}'" for kind, p in options if kind == "exclude")
    included = " ".join(f"! -path './{p}'" for kind, p in options if kind == "include")
    return (
        f"find ./usr/share -depth '(' {excluded} ')' {included} '(' ! -type d -o -empty ')' -delete"
    )
