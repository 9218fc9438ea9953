"""What runs the modules of a pod: a containerd handler, which a RuntimeClass names, or Krustlet.

All that pods and checks must know of one comes from its engine's file in `_kinds`, or from
`krustlet/node.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .._kinds.engine import Engine, Handler, Limit
from .._kinds.engines import ENGINES
from .krustlet import node


@dataclass(frozen=True, slots=True)
class Runtime:
    """One of them. `oci` says whether containerd's shim for runc starts an OCI runtime for it; all
    else is as an engine and its handler say."""

    name: str
    http: str
    mixed: bool = False
    oci: bool = False
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)


def _of(engine: Engine, handler: Handler) -> Runtime:
    return Runtime(
        name=handler.name,
        http=engine.http,
        mixed=handler.mixed,
        oci=bool(handler.program),
        pod_annotations=handler.pod_annotations,
        limits={**engine.limits, **handler.limits},
    )


RUNTIMES: Mapping[str, Runtime] = MappingProxyType(
    {
        **{each.name: _of(engine, each) for engine in ENGINES.values() for each in engine.handlers},
        node.NAME: Runtime(node.NAME, http=node.HTTP, limits=node.LIMITS),
    }
)
