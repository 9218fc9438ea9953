"""Check that a module puts numbers through a model, by WASI-NN."""

from __future__ import annotations

import math
import random

from ..._kinds.engines import ENGINES
from ..._workloads.onnx import TOLERANCE, WEIGHTS, distance
from ..check import Verdict, check
from ..context import Context
from ..phases import PODS
from ..subjects import inferring
from .pod import infer
from .running import await_pod, log


@check("wasm.{}.nn", PODS.at(40, 3, of=inferring))
def infers(context: Context, engine: str) -> Verdict:
    """WASI-NN: inputs of this moment, and what the model must give for them."""
    inputs = [[random.uniform(-2, 2) for _ in WEIGHTS] for _ in range(3)]
    wanted = infer(ENGINES[engine].handlers[0].name, inputs)
    context.cluster.delete_pod(wanted.name)
    trouble = await_pod(context, wanted)
    said = log(context, wanted.name, wanted.containers[0].name)
    if trouble is not None:
        return Verdict(False, "three inferences", trouble[0], (*trouble[1:], said[-400:]))
    worst = distance(said, inputs)
    found = f"{worst:.1e} off" if worst < math.inf else repr(said[-400:])
    return Verdict(worst <= TOLERANCE, f"within {TOLERANCE:g} of the reference", found)
