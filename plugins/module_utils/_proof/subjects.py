"""What of an image is a check's subject: its engines, their handlers, their shims, Krustlet."""

from __future__ import annotations

from collections.abc import Sequence

from .._export.exported import Exported
from .._kinds.engine import Engine
from .._kinds.engines import ENGINES
from .check import Subject


def engines_on(exported: Exported) -> tuple[Engine, ...]:
    """The engines on the image, in the spec's order."""
    return tuple(ENGINES[name] for name in exported.engines)


def released(exported: Exported) -> tuple[str, ...]:
    """The engines whose shim is somebody else's release."""
    components = exported.manifest["components"]
    fetched = {each["name"] for each in components if each["from"] == "release"}
    own = ((engine.name, engine.shim) for engine in engines_on(exported))
    return tuple(name for name, shim in own if shim and shim.binary in fetched)


def engines(exported: Exported) -> Sequence[Subject]:
    """Each engine."""
    return [Subject(engine.name, turn) for turn, engine in enumerate(engines_on(exported))]


def handlers_by_engine(exported: Exported) -> Sequence[Subject]:
    """Each containerd handler, in the turn of its engine."""
    return [
        Subject(handler.name, turn)
        for turn, engine in enumerate(engines_on(exported))
        for handler in engine.handlers
    ]


def handlers(exported: Exported) -> Sequence[Subject]:
    """Each containerd handler, in a turn of its own."""
    return [Subject(each.name, n) for n, each in enumerate(handlers_by_engine(exported))]


def inferring(exported: Exported) -> Sequence[Subject]:
    """Each engine that has WASI-NN; of a released shim, nobody promised that."""
    others = released(exported)
    return [
        each for each in engines(exported) if ENGINES[each.name].wasi_nn and each.name not in others
    ]


def shims(exported: Exported) -> Sequence[Subject]:
    """The engines with a shim of their own, as one subject in the turn of the first of them."""
    return [Subject("", turn) for turn, e in enumerate(engines_on(exported)) if e.shim][:1]


def oci_runtimes(exported: Exported) -> Sequence[Subject]:
    """The engines that an OCI runtime loads, as one subject in the turn of the first of them."""
    return [Subject("", turn) for turn, e in enumerate(engines_on(exported)) if not e.shim][:1]


def krustlet(exported: Exported) -> Sequence[Subject]:
    """Krustlet, where it is."""
    return [Subject("krustlet")] if exported.krustlet else []
