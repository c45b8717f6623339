import numpy as np
import pytest

from labelbridge.core import InputError
from labelbridge.evaluate.calibration import measure_reliability


def pixels(confidence: float, count: int, right: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels that are called class 1 with a confidence, so many of which are right."""
    probabilities = np.tile(np.array([[1 - confidence], [confidence]], np.float32), count)
    return probabilities, np.array([1] * right + [0] * (count - right), np.uint8)


def joined(*parts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([part[0] for part in parts], axis=1), np.concatenate([part[1] for part in parts])


def test_as_sure_as_right_is_no_error() -> None:
    found = measure_reliability(*joined(pixels(0.9, 100, 90), pixels(0.6, 50, 30)))
    assert found.error == pytest.approx(0, abs=1e-6)
    assert found.overconfidence == pytest.approx(0, abs=1e-6)


def test_the_error_is_the_mean_of_what_the_bins_are_off_by() -> None:
    found = measure_reliability(*joined(pixels(0.9, 300, 210), pixels(0.6, 100, 70)))
    assert found.error == pytest.approx((300 * 0.2 + 100 * 0.1) / 400)
    assert found.overconfidence == pytest.approx((300 * 0.2 - 100 * 0.1) / 400)
    assert found.pixels.sum() == 400
    (sure,) = np.flatnonzero(found.pixels == 300)
    assert (found.confidence[sure], found.accuracy[sure]) == pytest.approx((0.9, 0.7))


def test_a_certain_pixel_is_in_the_last_bin() -> None:
    found = measure_reliability(*pixels(1.0, 7, 7), bins=10)
    assert found.pixels.tolist() == [0] * 9 + [7]


def test_adaptive_bins_have_equally_many_pixels_and_see_what_a_wide_bin_hides() -> None:
    both = joined(pixels(0.99, 60, 60), pixels(0.95, 60, 54))
    wide, adaptive = (measure_reliability(*both, bins=10, adaptive=one) for one in (False, True))
    assert wide.error == pytest.approx(abs(0.97 - 114 / 120))
    assert set(adaptive.pixels.tolist()) == {12}
    assert adaptive.error > wide.error


def test_pixels_without_truth_are_refused() -> None:
    with pytest.raises(InputError, match="expected one for each"):
        measure_reliability(np.ones((2, 3), np.float32), np.ones(2, np.uint8))
    with pytest.raises(InputError, match="at least one"):
        measure_reliability(np.ones((2, 0), np.float32), np.ones(0, np.uint8))
