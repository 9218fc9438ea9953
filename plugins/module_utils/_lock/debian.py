"""Debian packages by name -> exact versions, digests and pool paths, resolved by apt itself.

apt runs in a private root: own sources, own (empty) dpkg status, own lists. Nothing of the host's
package selection enters, only how the host reaches the network (proxies, certificates, log-ins)
and which mirrors it uses. Indices are believed only with a signature of the Debian archive keyring.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .._common.errors import Position, Problem, VesselError
from .._common.run import Result, run, tail
from .._common.scratch import scratch, sweep
from .._kinds.architectures import BUILDER
from .._kinds.distribution import Distribution
from .._kinds.distributions.debian import KIND as DEBIAN
from .aptauth import host_files
from .deb822 import key_name, source

SCRATCH = "vessel-apt"
USER = "_apt"  # apt drops to this one for transfers and signatures
# How a host reaches the network is spelled per method (`Acquire::http::Proxy`), in lower case.
# What it verifies or downloads (`Acquire::Allow…`, `Acquire::Languages`, …) is ours to say.
TRANSPORT = re.compile(r"Acquire::([a-z][a-z0-9+-]*|Retries|ForceIPv[46]|Queue-Mode)(::| )")
URI_LINE = re.compile(r"^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$")

Package = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """A package repository beside Debian's: its root URI, the file of its public key, and where the
    spec names it."""

    name: str
    uri: str
    suites: Sequence[str]
    components: Sequence[str]
    key: Path
    place: Position | None = None

    @property
    def archive(self) -> str:
        """Its name among the lock's archives."""
        return repository_archive(self.name)


def repository_archive(name: str) -> str:
    """The archive of a package from the spec's repository `name`, in the lock."""
    return f"repository {name}"


def repository_root(uri: str, architecture: str) -> str:
    """The URI that paths of a repository's packages start from; apt fills in `$(ARCH)` alike."""
    return uri.replace("$(ARCH)", architecture).rstrip("/") + "/"


def host_mirrors(distribution: Distribution = DEBIAN) -> dict[str, str]:
    """Where this host gets the distribution's archives: name of the archive -> its root URI.

    Read from `apt-get indextargets`, so that it is right for every way to write sources. The
    answer names this host's mirrors: use it, never store it. Raises VES-301 when one is missing.
    """
    fields = "$(REPO_URI) $(LABEL)"
    found: dict[str, str] = {}
    for line in run(["apt-get", "indextargets", "--format", fields]).stdout.splitlines():
        uri, _, label = line.partition(" ")
        name = label.lower() or uri.rstrip("/").rsplit("/", 1)[-1]
        if name in distribution.archives:
            found.setdefault(name, uri.rstrip("/") + "/")
    if missing := [name for name in distribution.archives if name not in found]:
        raise VesselError.of(
            "VES-301",
            f"this host's apt has no source for the archive {' and '.join(missing)}",
            "Add it to /etc/apt/sources.list.d.",
        )
    return found


def resolve(  # noqa: PLR0913 - each is a distinct input of the lock
    node: Sequence[str],
    tools: Sequence[str],
    *,
    architecture: str = BUILDER,
    distribution: Distribution = DEBIAN,
    release: str = "",
    mirrors: Mapping[str, str] | None = None,
    repositories: Sequence[Repository] = (),
    places: Mapping[str, Position] | None = None,
    compilers: Sequence[str] = (),
) -> dict[str, Any]:
    """The lock's `debian` part, and `source_date_epoch` (seconds) beside it.

    `node` is resolved for `architecture`, with every essential package and apt, in one
    transaction; `tools` and `compilers`, where there are any, each by itself for `BUILDER`, where
    a name may end in `:` and `architecture`. `repositories` are for the node. `places` says where
    the spec names a package. `release` is by default the distribution's first.
    Raises VES-301 to VES-304: no mirror, indices not had or not signed, unknown package, conflict.
    """
    roots = dict(mirrors or host_mirrors(distribution))
    release = release or next(iter(distribution.releases))
    with private_apt(roots, [architecture], distribution, release, repositories) as apt:
        suites = apt.suites()
        found = {
            "release": release,
            "suites": suites,
            "source_date_epoch": max(_epoch(suite["date"]) for suite in suites),
            "node": apt.closure(["?essential", "apt", *node], places),
        }
        if not repositories and architecture == BUILDER:
            return {**found, **_builders(apt, tools, compilers)}
    # What shapes an image comes from the distribution alone, and runs on the builder.
    both = list(dict.fromkeys([BUILDER, architecture]))
    with private_apt(roots, both, distribution, release) as apt:
        return {**found, **_builders(apt, tools, compilers)}


def _builders(
    apt: PrivateApt, tools: Sequence[str], compilers: Sequence[str]
) -> dict[str, list[Package]]:
    found = {"tools": apt.closure(tools)}
    return {**found, "compilers": apt.closure(compilers)} if compilers else found


class PrivateApt:
    """apt in a root of its own; made by `private_apt`."""

    def __init__(
        self,
        root: Path,
        roots: Mapping[str, str],
        repositories: Sequence[Repository] = (),
        times: Iterable[str] = (),
    ) -> None:
        self.root = root
        self.roots = roots
        self.repositories = repositories
        self.times = times

    def run(self, *argv: str, check: bool = True) -> Result:
        """Run one apt program with the private configuration."""
        env = {"APT_CONFIG": str(self.root / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}
        return run(list(argv), env=env, check=check, timeout=900, what=" ".join(argv[:2]))

    def update(self) -> None:
        """Fetch the indices; any that is missing, stale or badly signed is an error."""
        result = self.run("apt-get", "update", "-qq", check=False)
        if result.status == 0:
            return
        said = tail(result)
        for repository in self.repositories:
            if self.roots[repository.archive].rstrip("/") in said:
                what = f"the repository {repository.name} could not be had or verified"
                hint = f"Check its `uri`, `suites` and `key` against what apt says.\n{said}"
                raise VesselError.of("VES-302", what, hint, repository.place)
        raise VesselError.of(
            "VES-302",
            "the Debian package indices could not be had or verified",
            f"Check the network, this host's apt sources and its clock.\n{said}",
        )

    def suites(self) -> list[dict[str, Any]]:
        """Each suite with the date and digest of its signed index."""
        found = []
        # Without InRelease apt takes Release, and its signature beside it.
        for path in sorted((self.root / "lists").glob("*Release")):
            data = path.read_bytes()
            fields = dict(re.findall(r"^([A-Z][A-Za-z-]+): (.+)$", data.decode(), re.MULTILINE))
            found.append(
                {
                    "suite": fields.get("Codename", fields.get("Suite", "")),
                    "components": fields.get("Components", "").split(),
                    "origin": fields.get("Label", fields.get("Origin", "")),
                    "date": fields["Date"],
                    "sha256": hashlib.sha256(data).hexdigest(),
                }
            )
        return sorted(found, key=lambda suite: str(suite["suite"]))

    def closure(
        self, names: Sequence[str], places: Mapping[str, Position] | None = None
    ) -> list[Package]:
        """Everything apt would install on an empty system for `names`, sorted by name."""
        result = self.run("apt-get", "install", "--print-uris", "-q", "-y", *names, check=False)
        if result.status != 0:
            raise self._refused(names, result, places or {})
        found = [
            parse_uri_line(line, self.roots)
            for line in result.stdout.splitlines()
            if line[:1] == "'"
        ]
        return sorted(found, key=lambda package: (package["name"], package["architecture"]))

    def _refused(
        self, names: Sequence[str], result: Result, places: Mapping[str, Position]
    ) -> VesselError:
        known = self.run("apt-cache", "pkgnames").stdout.split()
        bare = {name.partition("=")[0]: name for name in names if name[0] != "?"}
        unknown = sorted(set(bare) - set(known))
        if not unknown:
            return self._conflict(names, result, places)
        return VesselError(*(_unknown(name, known, places.get(bare[name])) for name in unknown))

    def _conflict(
        self, names: Sequence[str], result: Result, places: Mapping[str, Position]
    ) -> VesselError:
        """The two of `names` that exclude each other: the first one that those before it do not
        bear, and the first one of these that it does not bear. Or one that is at fault alone."""
        late = self._first_too_many(names)
        both = [] if late is None else [names[late]]
        if late is not None and self._fits(names[late]):
            early = self._first_too_many(names[:late], names[late])
            both += [] if early is None else [names[early]]
        # The one that can be taken out is the spec's.
        both.sort(key=lambda name: name not in places)
        if len(both) < 2 or both[0] not in places:
            one = next((name for name in both if name in places), None)
            what = f"{one} cannot be installed" if one else "these packages exclude each other"
            hint = f"Take out the package or the version that apt names.\n{tail(result)}"
            return VesselError.of("VES-304", f"{what}: apt says why", hint, places.get(one or ""))
        mine, other = both
        what = f"{mine} cannot be installed together with {other}"
        what += "" if other in places else ", which every such node has"
        hint = f"Take one of them out.\n{tail(result)}"
        if other in self.times and mine in self.times:
            hint = f"Write `time: {mine}` under `operating_system` in place of it."
        elif other not in places:
            hint = f"Take {mine} out: docs/customising.md says what is fixed.\n{tail(result)}"
        return VesselError.of("VES-304", what, hint, places[mine])

    def _first_too_many(self, names: Sequence[str], *more: str) -> int | None:
        """The index of the first of `names` with which those before it, and `more`, cannot be
        installed; None when all can."""
        if self._fits(*names, *more):
            return None
        good, bad = 0, len(names)  # so many fit, so many do not
        while bad - good > 1:
            middle = (good + bad) // 2
            if self._fits(*names[:middle], *more):
                good = middle
            else:
                bad = middle
        return good

    def _fits(self, *names: str) -> bool:
        command = ("apt-get", "install", "--print-uris", "-qq", "-y", *names)
        return self.run(*command, check=False).status == 0


@contextmanager
def private_apt(
    roots: Mapping[str, str],
    architectures: Sequence[str],
    distribution: Distribution,
    release: str,
    repositories: Sequence[Repository] = (),
) -> Iterator[PrivateApt]:
    """An updated apt whose sources are `release`, its updates, its security suite, and
    `repositories`. The first of `architectures` is that of a package named without one."""
    with _private_root() as root:
        for directory in ("lists/partial", "cache/archives/partial", "etc", "log", "dpkg"):
            (root / directory).mkdir(parents=True)
        (root / "dpkg/status").touch()
        stanzas = [sources(roots, distribution, release)]
        for repository in repositories:
            key = root / "etc" / key_name(repository.name, repository.key.read_bytes())
            shutil.copyfile(repository.key, key)
            parts = repository.uri, repository.suites, repository.components
            stanzas.append(source(*parts, key))
        (root / "etc/vessel.sources").write_text("\n".join(stanzas))
        (root / "apt.conf").write_text(configuration(root, architectures))
        own = {each.archive: repository_root(each.uri, architectures[0]) for each in repositories}
        apt = PrivateApt(root, {**roots, **own}, repositories, distribution.times)
        apt.update()
        yield apt


@contextmanager
def _private_root() -> Iterator[Path]:
    """A directory that nobody else may enter: apt.conf has the proxy's password, and sources may
    have that of a mirror.

    For root apt transfers and verifies as a user of its own, who cannot get into root's cache. So
    the directory is that user's, and lies where every user gets.
    """
    if os.geteuid() != 0:
        with scratch(SCRATCH) as root:
            yield root
        return
    temporary, owner = Path(tempfile.gettempdir()), pwd.getpwnam(USER).pw_uid
    sweep(temporary, SCRATCH, owner=owner)
    with scratch(SCRATCH, temporary, owner=owner) as root:
        yield root


def sources(roots: Mapping[str, str], distribution: Distribution, release: str) -> str:
    """The sources of the distribution's own archives in `release`."""
    return "\n".join(
        source(
            roots[archive],
            [suite.format(release=release) for suite in suites],
            distribution.components,
            distribution.keyring,
        )
        for archive, suites in distribution.archives.items()
    )


def configuration(root: Path, architectures: Sequence[str]) -> str:
    """An apt.conf(5) that reads nothing of the host's but its transport settings and log-ins."""
    single, parts = host_files()
    own = {
        "Dir::State": f"{root}/",
        "Dir::State::lists": f"{root}/lists/",
        "Dir::State::status": f"{root}/dpkg/status",
        "Dir::Cache": f"{root}/cache/",
        "Dir::Log": f"{root}/log/",
        "Dir::Etc": f"{root}/etc/",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": f"{root}/etc/",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::trusted": "/dev/null",
        "Dir::Etc::trustedparts": "/dev/null",
        "Dir::Etc::netrc": single,
        "Dir::Etc::netrcparts": parts,
        "APT::Architecture": architectures[0],
        "APT::Install-Recommends": "false",
        "APT::Install-Suggests": "false",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::ForceHash": "SHA256",
    }
    every = [("APT::Architectures::", each) for each in architectures]
    host = run(["apt-config", "dump"]).stdout.splitlines()
    kept = [line for line in host if TRANSPORT.match(line)]
    return "\n".join([*(f'{key} "{value}";' for key, value in [*own.items(), *every]), *kept, ""])


def parse_uri_line(line: str, roots: Mapping[str, str]) -> Package:
    """One line of `apt-get --print-uris`: 'URI' name_version_arch.deb size SHA256:digest."""
    match = URI_LINE.match(line)
    if not match:
        raise VesselError.of(
            "VES-304",
            f"apt gave no SHA-256 for a package: {line}",
            "Its repository is at fault: use one whose indices name SHA-256 digests.",
        )
    uri, file, size, sha256 = match.groups()
    # The longer root first: one archive's root may begin with the other's.
    for archive in sorted(roots, key=lambda name: -len(roots[name])):
        if uri.startswith(roots[archive]):
            name, version, rest = (unquote(part) for part in file.split("_"))
            return {
                "name": name,
                "version": version,
                "architecture": rest.removesuffix(".deb"),
                "sha256": sha256,
                "size": int(size),
                "archive": archive,
                "path": unquote(uri.removeprefix(roots[archive])),
            }
    raise VesselError.of(
        "VES-304",
        f"apt chose a package from an unknown archive: {file}",
        "Report it with the spec: Vessel knows all archives that apt may choose from.",
    )


def _unknown(name: str, known: Sequence[str], place: Position | None) -> Problem:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.75)
    hint = f"Did you mean {', '.join(near)}?" if near else "Check its spelling and the release."
    return Problem("VES-303", f"no package is called {name}", hint, place)


def _epoch(date: str) -> int:
    return int(parsedate_to_datetime(date.replace("UTC", "+0000")).timestamp())
