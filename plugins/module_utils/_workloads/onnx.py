"""The model of the proof's inference: y = tanh(x·W + b), as an ONNX file and as its reference.

Four numbers in, two out. The file is written by hand, as it is a few hundred bytes and the library
for it brings a hundred megabytes. Format: https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto
in the encoding of https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

TOLERANCE = 1e-5
WEIGHTS = ((0.5, -0.25), (0.125, 0.75), (-0.375, 0.0625), (0.875, -0.5))
BIAS = (0.1, -0.2)
IR_VERSION, OPSET = 8, 13
_FLOAT = 1  # TensorProto.DataType


def model(weights: Sequence[Sequence[float]] = WEIGHTS, bias: Sequence[float] = BIAS) -> bytes:
    """The ONNX file."""
    rows, columns = len(weights), len(bias)
    flat = [value for row in weights for value in row]
    nodes = (("MatMul", ("x", "w"), "a"), ("Add", ("a", "b"), "s"), ("Tanh", ("s",), "y"))
    graph = b"".join(
        [
            *(_message(1, _node(*node)) for node in nodes),
            _text(2, "vessel"),
            _message(5, _tensor("w", (rows, columns), flat)),
            _message(5, _tensor("b", (columns,), bias)),
            _message(11, _value("x", (1, rows))),
            _message(12, _value("y", (1, columns))),
        ]
    )
    opset = _text(1, "") + _number(2, OPSET)
    return _number(1, IR_VERSION) + _message(7, graph) + _message(8, opset)


def weights() -> bytes:
    """W, row by row, and b, as little-endian numbers of 32 bits: what the model of TVM reads."""
    flat = [value for row in WEIGHTS for value in row]
    return struct.pack(f"<{len(flat) + len(BIAS)}f", *flat, *BIAS)


def reference(
    inputs: Sequence[float],
    weights: Sequence[Sequence[float]] = WEIGHTS,
    bias: Sequence[float] = BIAS,
) -> list[float]:
    """What the model must give for `inputs`."""
    columns = zip(*weights, strict=True)
    sums = [sum(x * w for x, w in zip(inputs, column, strict=True)) for column in columns]
    return [math.tanh(total + offset) for total, offset in zip(sums, bias, strict=True)]


def distance(said: str, inputs: Sequence[Sequence[float]]) -> float:
    """How far the last lines of `said` are from the reference for each of `inputs`, at most;
    infinite when they are not as many numbers.

    Before them, Debian's ONNX Runtime complains on standard error that its operators are registered
    twice.
    """
    expected = [value for values in inputs for value in reference(values)]
    try:
        got = [float(line) for line in said.split("\n")[-1 - len(expected) : -1]]
    except ValueError:
        return math.inf
    if len(got) != len(expected) or not all(map(math.isfinite, got)):
        return math.inf
    return max(abs(a - b) for a, b in zip(got, expected, strict=True))


def _node(operation: str, inputs: Sequence[str], output: str) -> bytes:
    names = b"".join(_text(1, name) for name in inputs)
    return names + _text(2, output) + _text(4, operation)


def _tensor(name: str, shape: Sequence[int], values: Sequence[float]) -> bytes:
    dimensions = b"".join(_number(1, size) for size in shape)
    raw = struct.pack(f"<{len(values)}f", *values)
    return dimensions + _number(2, _FLOAT) + _text(8, name) + _message(9, raw)


def _value(name: str, shape: Sequence[int]) -> bytes:
    dimensions = b"".join(_message(1, _number(1, size)) for size in shape)
    kind = _message(1, _number(1, _FLOAT) + _message(2, dimensions))
    return _text(1, name) + _message(2, kind)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
