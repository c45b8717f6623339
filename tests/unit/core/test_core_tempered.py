import numpy as np
import pytest

from labelbridge.core import most_probable, tempered, uncertainty_of

LOGITS = np.random.default_rng(0).normal(0, 3, (3, 40, 50)).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=0))
    return (powers / powers.sum(axis=0)).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.3, 1.7, 8.0])
def test_it_is_the_softmax_of_the_divided_logits(temperature: float) -> None:
    np.testing.assert_allclose(tempered(softmax(LOGITS), temperature), softmax(LOGITS / temperature), atol=1e-5)


def test_the_most_probable_class_stays() -> None:
    before = softmax(LOGITS)
    np.testing.assert_array_equal(most_probable(tempered(before, 3.0)), most_probable(before))


def test_one_changes_nothing_and_more_is_less_certain() -> None:
    before = softmax(LOGITS)
    assert tempered(before, 1.0) is before
    cold, warm = (uncertainty_of(tempered(before, temperature)) for temperature in (0.5, 2.0))
    assert (cold <= uncertainty_of(before)).all()
    assert (warm >= uncertainty_of(before)).all()


@pytest.mark.parametrize("temperature", [0.1, 10.0])
def test_certainty_stays_finite(temperature: float) -> None:
    certain = np.array([[[1.0]], [[0.0]], [[0.0]]], np.float32)
    assert tempered(certain, temperature).ravel().tolist() == [1, 0, 0]


def test_a_single_class_is_certain() -> None:
    assert not uncertainty_of(np.ones((1, 2, 3), np.float32)).any()
