"""Signed package archives on loopback, which a test publishes as it likes."""

from __future__ import annotations

import functools
import hashlib
import http.server
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.vessel.image.plugins.module_utils._kinds.distribution import Distribution
from ansible_collections.vessel.image.plugins.module_utils._kinds.distributions.debian import (
    KIND as DEBIAN,
)
from ansible_collections.vessel.image.plugins.module_utils._lock import debian

SUITE = "trixie"
# What resolving always asks for: something essential, and apt.
BASE: Mapping[str, str] = {"libc6": "", "base": "Essential: yes\nDepends: libc6, awk\n", "apt": "",
                           "mawk": "Provides: awk\n", "tool": "Depends: libc6\n"}  # fmt: skip


def ago(days: float) -> str:
    """A date as apt reads it."""
    return format_datetime(datetime.now(UTC) - timedelta(days=days), usegmt=True)


@dataclass(frozen=True)
class Archives:
    """What a server on loopback has below `place`, at `address`, signed by `key`."""

    place: Path
    address: str
    key: Path
    home: Path

    @property
    def distribution(self) -> Distribution:
        """A Debian of one suite."""
        archives = {"debian": ("{release}",)}
        return replace(DEBIAN, archives=archives, keyring=str(self.key))

    def repository(
        self, name: str, *, replaces: Sequence[str] = (), suite: str = SUITE
    ) -> debian.Repository:
        """A repository of the spec's, published under its name."""
        uri, parts = f"{self.address}/{name}", ((suite,), ("main",), self.key)
        return debian.Repository(name, uri, *parts, replaces=replaces)

    def publish(
        self,
        name: str,
        packages: Mapping[str, str],
        *,
        version: str = "1.0",
        date: str = "",
        label: str = "",
        fields: str = "",
        suite: str = SUITE,
    ) -> None:
        """The archive `name`: packages of a `version` by name, each with further fields."""
        release = self.place / name / "dists" / suite
        index = release / "main/binary-amd64/Packages"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("\n".join(_stanza(each, version, more) for each, more in packages.items()))
        data = index.read_bytes()
        (release / "Release").write_bytes(
            f"Origin: {label or name}\nLabel: {label or name}\nCodename: {suite}\n"
            f"Date: {date or ago(1)}\n{fields}Components: main\nArchitectures: amd64\nSHA256:\n"
            f" {hashlib.sha256(data).hexdigest()} {len(data)} main/binary-amd64/Packages\n"
            .encode("latin-1")
        )  # fmt: skip
        signed = str(release / "InRelease")
        gpg(self.home, "--yes", "--clearsign", "--output", signed, str(release / "Release"))
        (release / "Release").unlink()


def _stanza(name: str, version: str, fields: str) -> str:
    digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    return (
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: nobody\n{fields}"
        f"Filename: pool/{name}_{version}_amd64.deb\nSize: 1\nSHA256: {digest}\n"
    )


@contextmanager
def archives(place: Path) -> Iterator[Archives]:
    """An empty server of what lies below `place`."""
    home, served = place / "home", place / "served"
    home.mkdir(mode=0o700)
    served.mkdir()
    with TemporaryDirectory() as public:  # where apt's own user gets, unlike pytest's
        Path(public).chmod(0o755)
        yield from _served(served, home, Path(public, "key.asc"))


def _served(served: Path, home: Path, key: Path) -> Iterator[Archives]:
    gpg(home, "--quick-generate-key", "Example <example@example.com>", "ed25519", "sign")
    gpg(home, "--armor", "--export", "--output", str(key))
    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Archives(served, f"http://127.0.0.1:{server.server_address[1]}", key, home)
        finally:
            server.shutdown()
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that does not log."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def gpg(home: Path, *words: str) -> None:
    """Run it with a home of its own."""
    quietly("gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", *words)


def quietly(*words: str) -> None:
    """Run a command that must not fail."""
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
