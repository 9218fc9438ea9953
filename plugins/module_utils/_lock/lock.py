"""A lock: what every name of a spec was resolved to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._common.files import digest

Package = Mapping[str, Any]  # name, version, architecture, sha256, size (bytes), archive, path


@dataclass(frozen=True, slots=True)
class Lock:
    """The parts of a lock file; `content` is all that it says."""

    content: Mapping[str, Any]

    @property
    def wanted(self) -> Mapping[str, Any]:
        """What it answers, see `lockfile.requirements`."""
        found: Mapping[str, Any] = self.content.get("for", {})
        return found

    @property
    def sha256(self) -> str:
        """The digest of its content."""
        return digest(self.content)

    @property
    def architecture(self) -> str:
        """The processor that it is for."""
        return str(self.content.get("architecture", ""))

    @property
    def source_date_epoch(self) -> int:
        """The time of everything that is made of it, in seconds since 1970."""
        return int(self.content["source_date_epoch"])

    @property
    def kubernetes(self) -> Mapping[str, str]:
        """The version, and the tags of the images that its kubeadm wants."""
        found: Mapping[str, str] = self.content.get("kubernetes", {})
        return found

    @property
    def release(self) -> str:
        """The distribution's release."""
        return str(self.content["debian"]["release"])

    @property
    def suites(self) -> Sequence[Mapping[str, Any]]:
        """The suites that packages come from, see `shape.Suite`."""
        found: Sequence[Mapping[str, Any]] = self.content.get("debian", {}).get("suites", ())
        return found

    def packages(self, group: str) -> Sequence[Package]:
        """The Debian packages of the group `node`, `tools` or `compilers`."""
        found: Sequence[Package] = self.content.get("debian", {}).get(group, ())
        return found

    @property
    def toolchain(self) -> Mapping[str, str]:
        """Go's `version` and `sum`."""
        found: Mapping[str, str] = self.content.get("go", {}).get("toolchain", {})
        return found

    @property
    def go_modules(self) -> Mapping[str, Mapping[str, Any]]:
        """Name of a program -> what its module was resolved to."""
        found: Mapping[str, Mapping[str, Any]] = self.content.get("go", {}).get("programs", {})
        return found

    @property
    def rust(self) -> Mapping[str, str]:
        """Name of an engine or program that is built in Rust -> the version it is known by."""
        found: Mapping[str, str] = self.content.get("rust", {}).get("versions", {})
        return found

    @property
    def executables(self) -> Sequence[Mapping[str, Any]]:
        """What the spec has by URL: `path`, `url`, `sha256` and `size` in bytes."""
        found: Sequence[Mapping[str, Any]] = self.content.get("executables", ())
        return found

    @property
    def releases(self) -> Mapping[str, Mapping[str, Any]]:
        """Engine -> somebody's release for it: `url`, `sha256` and `size` in bytes."""
        return {each["engine"]: each for each in self.content.get("shims", ())}

    @property
    def sources(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What lies beside the spec, by the source that the spec names, see `beside.digests`."""
        found: Mapping[str, Sequence[Mapping[str, Any]]] = self.wanted.get("sources", {})
        return found
