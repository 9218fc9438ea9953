"""Krustlet: a node of the cluster for WebAssembly pods only."""

from __future__ import annotations

from ..program import RustCrate

KIND = RustCrate(package="krustlet-wasi", binary="krustlet-wasi", known_by="kubelet")
