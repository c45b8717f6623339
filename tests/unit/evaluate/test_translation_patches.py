"""The sliced Wasserstein distance of patches: zero for the same, more for what is less alike."""

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import FloatArray, InputError
from labelbridge.evaluate.translation.patches import halves_distance, patch_distance
from phantoms import make_sem
from phantoms.sem import LOOKS


@pytest.fixture(scope="module")
def images() -> list[FloatArray]:
    return [(make_sem(seed, (120, 130), LOOKS[0])[0] / 255).astype(np.float32) for seed in range(6)]


def noisy(image: FloatArray, sd: float) -> FloatArray:
    return image + np.random.default_rng(0).normal(0, sd, image.shape).astype(np.float32)


def test_a_set_is_at_zero_from_itself(images: list[FloatArray]) -> None:
    assert patch_distance(images, images) == 0


def test_the_distance_is_symmetric_and_the_same_every_time(images: list[FloatArray]) -> None:
    there = patch_distance(images[:2], images[2:])
    assert there == patch_distance(images[:2], images[2:])
    assert there == pytest.approx(patch_distance(images[2:], images[:2]), rel=1e-6)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image, amount: ndimage.gaussian_filter(image, 2 * amount),
        lambda image, amount: noisy(image, 0.2 * amount),
        lambda image, amount: 0.5 + (1 - 0.8 * amount) * (image - 0.5),
        lambda image, amount: 0.5 + (1 + amount) * (image - 0.5),
    ],
    ids=["blur", "noise", "little contrast", "much contrast"],
)
def test_it_grows_with_what_is_wrong(images: list[FloatArray], spoil: object) -> None:
    assert callable(spoil)
    first, second = images[::2], images[1::2]
    none, some, more = (patch_distance([spoil(image, amount) for image in first], second) for amount in (0, 0.4, 0.8))
    assert none == pytest.approx(halves_distance(images))
    assert some > 1.5 * none
    assert more > 1.2 * some


def test_another_look_is_further_than_the_other_half_of_the_same(images: list[FloatArray]) -> None:
    others = [(make_sem(seed, (120, 130), LOOKS[2])[0] / 255).astype(np.float32) for seed in range(6, 9)]
    assert patch_distance(images[::2], others) > 2 * halves_distance(images)


def test_a_flat_image_is_far_but_finite(images: list[FloatArray]) -> None:
    flat = np.full((60, 60), 0.5, np.float32)
    assert 0.5 < patch_distance([flat], images) < 1.5
    assert patch_distance([flat], [flat]) == 0


def test_images_of_any_size_are_taken_by_their_area(images: list[FloatArray]) -> None:
    tiny = np.random.default_rng(0).random((16, 16), np.float32)
    assert 0 < patch_distance([tiny], [images[0]]) < 1.5
    assert patch_distance([*images[:3], tiny], images[3:]) < 1.5 * patch_distance(
        [*images[:3], images[0][:16, :16]], images[3:]
    )


def test_a_single_image_has_halves(images: list[FloatArray]) -> None:
    assert halves_distance(images[:1]) == patch_distance([images[0][:, :65]], [images[0][:, 65:]])


def test_an_empty_set_is_an_error(images: list[FloatArray]) -> None:
    with pytest.raises(InputError, match="sets of 0 and 6"):
        patch_distance([], images)
