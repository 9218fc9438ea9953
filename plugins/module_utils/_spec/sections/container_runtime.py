"""What runs the node's containers."""

from __future__ import annotations

from ..rules import section, version

MAJOR = 2  # the node's configuration is written in containerd 2's format

RULES = section(
    "What runs the node's containers.",
    {
        "containerd": version(
            f"The exact version of containerd {MAJOR}, quoted.",
            "2.4.2",
            default="2.4.2",
        )
    },
    default={},
)
