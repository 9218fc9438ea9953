"""A Kubernetes node on a kernel with PREEMPT_RT: planned."""

from __future__ import annotations

from ..vessel import Vessel

KIND = Vessel()
