"""SSIM, PSNR and L1 against values known beforehand."""

import numpy as np
import pytest

from labelbridge.core import FloatArray, InputError
from labelbridge.evaluate.translation.similarity import Similarity, compare_images


@pytest.fixture
def image() -> FloatArray:
    return np.random.default_rng(0).random((40, 50), np.float32) * np.float32(0.5)


def test_an_image_is_like_itself(image: FloatArray) -> None:
    assert compare_images(image, image) == Similarity(ssim=1.0, psnr_db=100.0, l1=0.0)


def test_an_even_offset_has_the_numbers_of_the_formulas(image: FloatArray) -> None:
    found = compare_images(image, image + np.float32(0.1))
    assert found.psnr_db == pytest.approx(20.0, abs=1e-4)
    assert found.l1 == pytest.approx(0.1, abs=1e-6)
    assert 0.5 < found.ssim < 1


def test_more_noise_is_less_like(image: FloatArray) -> None:
    noise = np.random.default_rng(1).normal(0, 1, image.shape).astype(np.float32)
    some, more = (compare_images(image, image + np.float32(sd) * noise) for sd in (0.02, 0.1))
    assert some.ssim > more.ssim
    assert some.psnr_db > more.psnr_db + 13
    assert some.l1 < more.l1


def test_the_mean_is_over_pairs() -> None:
    assert Similarity.mean([Similarity(1, 30, 0), Similarity(0.5, 20, 0.2)]) == Similarity(0.75, 25, 0.1)


def test_shapes_must_agree(image: FloatArray) -> None:
    with pytest.raises(InputError, match=r"\(50, 40\).*\(40, 50\)"):
        compare_images(image, image.T)
