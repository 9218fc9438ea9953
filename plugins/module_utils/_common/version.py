"""The version of a release, which some write as `1.36.3` and others, as a tag, as `v1.36.3`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """One version; as text it is `bare`, without a leading v."""

    bare: str

    @classmethod
    def of(cls, text: str) -> Version:
        """From either spelling."""
        return cls(text.strip().removeprefix("v"))

    @property
    def tag(self) -> str:
        """With a leading v."""
        return f"v{self.bare}"

    @property
    def release(self) -> str:
        """Without what stands behind a hyphen, such as the revision of an image or `rc.1`."""
        return self.bare.partition("-")[0]

    @property
    def numbers(self) -> tuple[str, str, str]:
        """Major, minor and patch, `0` for one that is missing."""
        major, minor, patch = [*self.release.split("."), "0", "0"][:3]
        return major, minor, patch

    def __str__(self) -> str:
        return self.bare
