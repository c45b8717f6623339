"""Noise depends on where it is asked for, not on how."""

import numpy as np
import pytest

from labelbridge.core import FloatArray
from labelbridge.translate.syndiff.noise import Noise


def test_any_rectangle_is_the_same_part_of_one_field() -> None:
    noise = Noise(seed=7)
    whole = noise.epsilon(2, (0, 0), (400, 530))
    rng = np.random.default_rng(0)
    for _ in range(20):
        top, left = (int(rng.integers(0, size)) for size in (399, 529))
        height, width = int(rng.integers(1, 401 - top)), int(rng.integers(1, 531 - left))
        part = noise.epsilon(2, (top, left), (height, width))
        np.testing.assert_array_equal(part, whole[top : top + height, left : left + width])


def test_it_is_standard_normal_and_white() -> None:
    field = Noise(seed=1).epsilon(4, (1000, 50), (700, 700)).astype(np.float64)
    assert abs(field.mean()) < 0.01
    assert abs(field.std() - 1) < 0.01
    assert abs((field**4).mean() - 3) < 0.1
    for shift in (1, 127, 128, 256):
        assert abs((field[shift:] * field[:-shift]).mean()) < 0.01
        assert abs((field[:, shift:] * field[:, :-shift]).mean()) < 0.01


def correlation(one: FloatArray, other: FloatArray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize(
    ("other", "t"), [(Noise(4), 3), (Noise(3, sample=1), 3), (Noise(3), 2)], ids=["seed", "sample", "step"]
)
def test_another_name_gives_other_noise(other: Noise, t: int) -> None:
    one = Noise(3)
    shape = (300, 300)
    assert abs(correlation(one.epsilon(3, (0, 0), shape), other.epsilon(t, (0, 0), shape))) < 0.02
    assert abs(correlation(one.z(3), other.z(t))) < 0.5


def test_the_latent_is_the_same_each_time_and_not_the_field() -> None:
    noise = Noise(5)
    np.testing.assert_array_equal(noise.z(1), Noise(5).z(1))
    assert noise.z(1).shape == (100,)
    assert abs(correlation(noise.z(1), noise.epsilon(1, (0, 0), (1, 100)))) < 0.5


def test_an_image_of_any_size_has_noise() -> None:
    far = Noise(0).epsilon(4, (3_000_000, 5_000_000), (40, 40))
    assert 0.8 < far.std() < 1.2


def test_nobody_can_change_the_field() -> None:
    noise = Noise(9)
    first = noise.epsilon(4, (0, 0), (16, 16))
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(noise.epsilon(4, (0, 0), (16, 16)), kept)
