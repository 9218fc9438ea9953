"""What lies on the image so that the node need not pull it."""

from __future__ import annotations

from ..rules import flag, section

RULES = section(
    "What lies on the image so that the node need not pull it.",
    {"control_plane": flag("Preload the images of kubeadm's control plane.", default=True)},
    default={},
)
