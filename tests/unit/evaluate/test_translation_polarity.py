"""Bright and dark keep their meaning, or do not."""

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import FloatArray, InputError, Polarity
from labelbridge.evaluate.translation.polarity import Agreement, polarity_agreement
from phantoms import make_sem, make_tem

BRIGHT, DARK = "bright-axon", "dark-axon"


@pytest.fixture(scope="module", params=["tem", "sem"])
def image(request: pytest.FixtureRequest) -> FloatArray:
    data = make_tem(1, (250, 250))[0] if request.param == "tem" else make_sem(1, (100, 100))[0]
    return (data / 255).astype(np.float32)


def agreement(source: FloatArray, translated: FloatArray, polarity: Polarity) -> float:
    return polarity_agreement(source, translated.astype(np.float32), BRIGHT, polarity, source.shape[0] / 4).fraction


def test_the_sign_is_told(image: FloatArray) -> None:
    assert agreement(image, image, BRIGHT) == 1
    assert agreement(image, image, DARK) == 0
    assert agreement(image, 1 - image, DARK) == 1
    assert agreement(image, 1 - image, BRIGHT) == 0


def test_noise_blur_and_gamma_do_not_matter(image: FloatArray) -> None:
    noise = np.random.default_rng(0).normal(0, 0.15, image.shape)
    assert agreement(image, (1 - ndimage.gaussian_filter(image, 1)) ** 2 + noise, DARK) > 0.98


def test_an_image_that_is_inverted_in_part_agrees_in_part(image: FloatArray) -> None:
    half = image.copy()
    middle = image.shape[1] // 2
    half[:, :middle] = 1 - half[:, :middle]
    assert 0.25 < agreement(image, half, BRIGHT) < 0.75


def test_unrelated_images_agree_by_chance(image: FloatArray) -> None:
    assert 0.2 < agreement(image, np.rot90(image, 2), BRIGHT) < 0.8


def test_an_image_without_structure_agrees_nowhere(image: FloatArray) -> None:
    assert agreement(image, np.zeros_like(image), BRIGHT) == 0
    assert agreement(image, np.zeros_like(image), DARK) == 0


def test_windows_of_several_images_are_put_together() -> None:
    assert Agreement.total([Agreement(1, 4), Agreement(4, 6)]) == Agreement(5, 10)
    assert Agreement.total([]).fraction == 0


def test_shapes_must_agree(image: FloatArray) -> None:
    with pytest.raises(InputError, match="expected one shape"):
        polarity_agreement(image, image[1:], BRIGHT, BRIGHT, 20)
