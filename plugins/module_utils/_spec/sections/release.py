"""What the image is called as a release of Kubernetes, for Tanzu and Cluster API."""

from __future__ import annotations

from ..customize import is_beside
from ..rules import Matches, section, text

# Build metadata of a semantic version that is part of Kubernetes' names, too: small letters, and
# no `---`, which stands for `+` in those. With at most 20 characters the names have at most 63.
BUILD = r"(?!.{21})[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*"

RULES = section(
    "What the image is called as a release of Kubernetes. With this section there are files for"
    " Tanzu and Cluster API beside the image: docs/tanzu.md.",
    {
        "build": text(
            "Tells the release from others of the same Kubernetes: 1.36.3 becomes"
            " `v1.36.3+acme.1`. Give every image that you hand out another.",
            "at most 20 small letters, digits, and single dots and hyphens between them",
            Matches(BUILD),
            "acme.1",
            required=True,
        ),
        "vendor": section(
            "The vendor's bundle of packages for this Kubernetes, `unified-tkr-vsphere.tar.gz`,"
            " without which no cluster of the vSphere Kubernetes Service starts.",
            {
                "file": text(
                    "The bundle, beside the spec.",
                    "a path below the spec's own directory",
                    is_beside,
                    "unified-tkr-vsphere.tar.gz",
                    required=True,
                ),
                "sha256": text(
                    "The digest of its bytes.",
                    "a SHA-256 of 64 hexadecimal digits",
                    Matches("[0-9a-f]{64}"),
                    '"<64 hexadecimal digits>"',
                    required=True,
                ),
            },
        ),
    },
)
