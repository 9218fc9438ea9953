"""The phases of a node's proof. Checks say themselves which they are part of."""

from __future__ import annotations

from .check import Phase

IMAGE = Phase("image", 10, boots=(0,))
BIOS = Phase("bios", 20)
NODE = Phase("node", 30)
CLUSTER = Phase("cluster", 40)
PODS = Phase("pods", 50, boots=(1, 2))
# What engines and Krustlet's node can do is no part of an image's own proof: scenarios show it.
MATRIX = Phase("matrix", 60, boots=())
KRUSTLET = Phase("krustlet", 70, boots=())
# Nor what tenants may try: of engines, and of Krustlet, whose scenario has an engine besides.
HOSTILE = Phase("hostile", 80, boots=())
HOSTILE_KRUSTLET = Phase("hostile-krustlet", 90, boots=())
