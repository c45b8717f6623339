"""Displacements that were put in are measured, whatever happened to the contrast."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import FloatArray, InputError
from labelbridge.evaluate.translation.edges import Displacements, edge_displacements
from phantoms import make_sem

FIBRE_PX = 24.0

Change = Callable[[FloatArray], FloatArray]


@pytest.fixture(scope="module")
def image() -> FloatArray:
    return ndimage.zoom((make_sem(3, (120, 120))[0] / 255).astype(np.float32), 1.5, order=3)


def shifted(image: FloatArray, y: float, x: float) -> FloatArray:
    return ndimage.shift(image, (y, x), order=3, mode="reflect")


def noisy(image: FloatArray, sd: float, seed: int = 1) -> FloatArray:
    return image + np.random.default_rng(seed).normal(0, sd, image.shape).astype(np.float32)


CHANGES: dict[str, Change] = {
    "as it is": lambda image: image,
    "inverted": lambda image: 1 - image,
    "another gamma": lambda image: np.clip(image, 0, 1) ** 1.6,
    "blurred": lambda image: ndimage.gaussian_filter(image, 1.2),
    "noisy": lambda image: noisy(image, 0.05),
    "inverted, blurred, noisy": lambda image: noisy(ndimage.gaussian_filter(1 - image, 0.8), 0.05),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("shift", [(0, 0), (0.5, 0), (0, -1), (1.2, 1.6), (-3, 0)])
def test_a_shift_is_measured_whatever_the_contrast(image: FloatArray, shift: tuple[float, float], name: str) -> None:
    found = edge_displacements(image, CHANGES[name](shifted(image, *shift)), FIBRE_PX)
    assert found.median_px == pytest.approx(np.hypot(*shift), abs=0.15)
    assert found.found_again > 0.95
    assert found.windows > 50


def test_a_local_warp_is_measured_where_it_is(image: FloatArray) -> None:
    y, x = np.indices(image.shape).astype(float)
    bump = 2.5 * np.exp(-((x - 50) ** 2 + (y - 50) ** 2) / (2 * 25**2))
    found = edge_displacements(image, ndimage.map_coordinates(image, [y, x + bump], order=3, mode="reflect"), FIBRE_PX)
    assert found.median_px < 0.7
    assert 1.7 < found.p95_px < 2.5


def test_structures_that_are_not_there_are_not_found_again(image: FloatArray) -> None:
    other = ndimage.zoom((make_sem(4, (120, 120))[0] / 255).astype(np.float32), 1.5, order=3)
    assert edge_displacements(image, other, FIBRE_PX).found_again < 0.3


def test_images_without_structure_have_no_windows() -> None:
    flat = np.full((80, 80), 0.5, np.float32)
    found = edge_displacements(flat, flat, FIBRE_PX)
    assert (found.windows, found.found_again, found.median_px, found.p95_px) == (0, 0, 6, 6)
    small = np.random.default_rng(0).random((20, 20), np.float32)
    assert edge_displacements(small, small, FIBRE_PX).windows == 0


def test_straight_edges_do_not_count_because_a_shift_along_them_cannot_be_seen(image: FloatArray) -> None:
    half = image.copy()
    half[:, :90] = 0.3 + 0.4 * ((np.arange(90) // 15) % 2)
    source, translated = noisy(half, 0.02), noisy(shifted(half, 0, 2), 0.03, seed=2)
    whole, right = (
        edge_displacements(source, translated, FIBRE_PX),
        edge_displacements(half[:, 90:], half[:, 90:], FIBRE_PX),
    )
    assert whole.p95_px == pytest.approx(2, abs=0.2)
    assert whole.windows < 1.4 * right.windows


def test_windows_of_several_images_are_put_together() -> None:
    total = Displacements.total([Displacements(np.array([1.0, 3.0]), 3), Displacements(np.array([2.0]), 3)])
    assert (total.median_px, total.windows, total.found_again) == (2.0, 6, 0.5)
    assert Displacements.total([]).windows == 0


def test_shapes_must_agree(image: FloatArray) -> None:
    with pytest.raises(InputError, match="expected one shape"):
        edge_displacements(image, image[:-1], FIBRE_PX)
