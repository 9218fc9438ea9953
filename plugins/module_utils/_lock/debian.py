"""Debian packages by name -> exact versions, digests and pool paths, resolved by apt itself.

apt runs in a private root: own sources, own (empty) dpkg status, own lists. Nothing of the host's
package selection enters, only how the host reaches the network (proxies, certificates, log-ins)
and which mirrors it uses. Indices are believed only with a signature of the Debian archive keyring.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .._common.errors import Position, VesselError
from .._common.progress import report
from .._common.run import Result, run, tail
from .._common.scratch import scratch, sweep
from .._kinds.architectures import BUILDER
from .._kinds.distribution import Distribution
from .._kinds.distributions.debian import KIND as DEBIAN
from .aptauth import host_files
from .conflicts import demand_named, refused
from .deb822 import key_name, source
from .owners import Owners, divide
from .suites import Suite, demand_not_older, epoch, read_suite

SCRATCH = "vessel-apt"
SOURCES = "vessel.sources"
USER = "_apt"  # apt drops to this one for transfers and signatures
# How a host reaches the network is spelled per method (`Acquire::http::Proxy`), in lower case.
# What it verifies or downloads (`Acquire::Allow…`, `Acquire::Languages`, …) is ours to say, however
# the host spells that: apt knows no case.
OURS = r"changelogs|compressiontypes|diffs|gpgv|indextargets|languages|pdiffs|sqv|store"
TRANSPORT = re.compile(
    rf"Acquire::((?!({OURS})::)[a-z][a-z0-9+-]*::|(Retries|ForceIPv[46]|Queue-Mode)(::| ))"
)
URI_LINE = re.compile(r"^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$")

Package = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """A package repository beside Debian's: its root URI, the file of its public key, where the
    spec names it, and the names of Debian's packages that it may replace."""

    name: str
    uri: str
    suites: Sequence[str]
    components: Sequence[str]
    key: Path
    place: Position | None = None
    replaces: Sequence[str] = ()

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
    newer_than: Sequence[Suite] = (),
) -> dict[str, Any]:
    """The lock's `debian` part, and `source_date_epoch` (seconds) beside it.

    `node` is resolved for `architecture`, with every essential package and apt, in one
    transaction; `tools` and `compilers`, where there are any, each by itself for `BUILDER`, where
    a name may end in `:` and `architecture`. `repositories` are for the node. `places` says where
    the spec names a package. `release` is by default the distribution's first. No suite may be
    older than it is in `newer_than`.
    Raises VES-301 to VES-304 (no mirror, indices not had or not signed, unknown package, conflict),
    VES-327 (suites went back) and VES-329 (no package, but what others provide).
    """
    roots = dict(mirrors or host_mirrors(distribution))
    release = release or next(iter(distribution.releases))
    with private_apt(roots, [architecture], distribution, release, repositories) as apt:
        suites = apt.suites()
        demand_not_older(newer_than, suites)
        found = {
            "release": release,
            "suites": suites,
            "source_date_epoch": max(epoch(suite) for suite in suites),
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


@dataclass(frozen=True, slots=True)
class Index:
    """A package index in apt's lists: its archive where that is a repository's, its file, and what
    the names of the suite's files begin with."""

    archive: str
    file: Path
    place: Path


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
        self.owners = Owners()

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

    def divide(self) -> None:
        """Let every repository bring what no other has, and what the spec says."""
        self.owners = divide(self.indices(), self.repositories)
        for cached in (self.root / "cache").glob("*.bin"):
            cached.unlink()  # of the whole indices

    def indices(self) -> list[Index]:
        """The package indices, Debian's before those of repositories, in the spec's order."""
        form = "$(SOURCESENTRY)\t$(METAKEY)\t$(FILENAME)"
        said = self.run("apt-get", "indextargets", "--format", form, "Created-By: Packages").stdout
        own = {f"{_source_name(each.name)}:1": each.archive for each in self.repositories}
        found = []
        for line in said.splitlines():
            entry, key, file = line.split("\t")
            # apt escapes what stands in a URI before it makes a file name of it.
            inside = key.replace("_", "%5f").replace("/", "_")
            place = Path(file.removesuffix(inside))
            found.append(Index(own.get(Path(entry).name, ""), Path(file), place))
        order = ["", *own.values()]
        return sorted(found, key=lambda index: order.index(index.archive))

    def suites(self) -> list[dict[str, Any]]:
        """Each suite with the date and digest of its signed index."""
        own = {index.place: index.archive for index in reversed(self.indices())}
        found = []
        # Without InRelease apt takes Release, and its signature beside it.
        for path in sorted((self.root / "lists").glob("*Release")):
            place = path.with_name(re.sub("(In)?Release$", "", path.name))
            found.append(read_suite(path, own.get(place, "")))
        return sorted(found, key=lambda suite: str(suite["suite"]))

    def closure(
        self, names: Sequence[str], places: Mapping[str, Position] | None = None
    ) -> list[Package]:
        """Everything apt would install on an empty system for `names`, sorted by name."""
        result = self.run("apt-get", "install", "--print-uris", "-q", "-y", *names, check=False)
        if result.status != 0:
            raise refused(self, names, result, places or {})
        found = [
            parse_uri_line(line, self._roots(line))
            for line in result.stdout.splitlines()
            if line[:1] == "'"
        ]
        called = {package["name"] for package in found}
        demand_named(self, names, called, places or {})
        for told in self.owners.told(called):
            report(f"lock: {told}")
        return sorted(found, key=lambda package: (package["name"], package["architecture"]))

    def _roots(self, line: str) -> Mapping[str, str]:
        """Where a package may come from, by its line of `--print-uris`."""
        if not self.repositories:
            return self.roots
        match = URI_LINE.match(line)
        name = unquote(match[2].partition("_")[0]) if match else ""
        own = {each.archive for each in self.repositories}
        owner = self.owners.archives.get(name)
        return {
            archive: root
            for archive, root in self.roots.items()
            if (archive == owner if owner else archive not in own)
        }


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
        stanzas = {SOURCES: sources(roots, distribution, release)}
        for repository in repositories:
            key = root / "etc" / key_name(repository.name, repository.key.read_bytes())
            shutil.copyfile(repository.key, key)
            parts = repository.uri, repository.suites, repository.components
            stanzas[_source_name(repository.name)] = source(*parts, key)
        for name, text in stanzas.items():
            (root / "etc" / name).write_text(text)
        (root / "apt.conf").write_text(configuration(root, architectures))
        own = {each.archive: repository_root(each.uri, architectures[0]) for each in repositories}
        apt = PrivateApt(root, {**roots, **own}, repositories, distribution.times)
        apt.update()
        if repositories:
            apt.divide()
        yield apt


def _source_name(repository: str) -> str:
    """The file of a repository's source, which apt reads after Debian's."""
    return SOURCES.replace(".", f"_{repository}.")


def _private_root() -> AbstractContextManager[Path]:
    """A directory that nobody else may enter: apt.conf has the proxy's password, and sources may
    have that of a mirror.

    For root apt transfers and verifies as a user of its own, who cannot get into root's cache. So
    the directory is that user's, and lies where every user gets.
    """
    if os.geteuid() != 0:
        return scratch(SCRATCH)
    temporary, owner = Path(tempfile.gettempdir()), pwd.getpwnam(USER).pw_uid
    sweep(temporary, SCRATCH, owner=owner)
    return scratch(SCRATCH, temporary, owner=owner)


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
