from __future__ import annotations

import math

import pytest
from ansible_collections.vessel.image.plugins.module_utils._workloads.onnx import (
    TOLERANCE,
    distance,
    model,
    reference,
)


def test_the_reference_is_tanh_of_weighted_sums() -> None:
    # onnxruntime 1.32 gave 0.99684393 and -0.64254725 for the same model and input.
    assert reference([1, 2, 3, 4]) == pytest.approx([0.99684393, -0.64254725], abs=1e-7)


def test_zeroed_weights_are_another_model_with_another_answer() -> None:
    zero = [[0.0, 0.0]] * 4
    assert model(zero) != model()
    assert len(model(zero)) == len(model())
    assert reference([1, 2, 3, 4], zero) != pytest.approx(reference([1, 2, 3, 4]), abs=1e-5)


def test_the_file_names_its_operations() -> None:
    for word in (b"MatMul", b"Add", b"Tanh"):
        assert word in model()


@pytest.mark.parametrize(
    "said", ["", "nan\n", "0.9\nnan\n", "inf\n0.1\n", "0.9\n", "0.9 0.1\n", "a\nb\n"]
)
def test_what_is_no_answer_is_infinitely_far(said: str) -> None:
    assert distance(said, [[1.0, 2.0, 3.0, 4.0]]) == math.inf


def test_the_farthest_number_counts() -> None:
    one, two = reference([1, 2, 3, 4])
    assert distance(f"noise\n{one}\n{two}\n", [[1, 2, 3, 4]]) <= TOLERANCE
    assert distance(f"{one}\n{two + 0.5}\n", [[1, 2, 3, 4]]) == pytest.approx(0.5)
