from __future__ import annotations

import pytest
from ansible_collections.vessel.image.plugins.module_utils._proof.model import model, reference


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
