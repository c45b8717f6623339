"""Fibres that are erased or painted in are found, and noise, blur and contrast do not count."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import FloatArray, InputError, LabelArray, LabelMap, Polarity
from labelbridge.evaluate.translation.fibres import (
    FibreChange,
    compare_fibres,
    count_fibres,
    count_found,
    lost_labeled,
)
from phantoms import make_sem, make_tem

BRIGHT, DARK = "bright-axon", "dark-axon"
SEM_PX, TEM_PX = 24.0, 100.0
SIDE = 320

Phantom = tuple[FloatArray, LabelArray]
Change = Callable[[FloatArray], FloatArray]


@pytest.fixture(scope="module")
def sem() -> Phantom:
    data, labels = make_sem(5, (SIDE, SIDE))
    return (data / 255).astype(np.float32), labels


@pytest.fixture(scope="module")
def tem() -> Phantom:
    data, labels = make_tem(2)
    return (data / 255).astype(np.float32), np.where(labels == 3, 0, labels).astype(np.uint8)


def noisy(image: FloatArray, sd: float) -> FloatArray:
    return image + np.random.default_rng(1).normal(0, sd, image.shape).astype(np.float32)


def whole_fibres(labels: LabelArray) -> list[np.ndarray]:
    """Return the area, axon and myelin, of each fibre that lies wholly in the image."""
    axons, count = ndimage.label(labels == 1)
    nearest = ndimage.distance_transform_edt(axons == 0, return_distances=False, return_indices=True)
    owner = np.where(labels > 0, axons[tuple(nearest)], 0)
    cut = set(owner[[0, -1]].ravel()) | set(owner[:, [0, -1]].ravel())
    return [owner == number for number in range(1, count + 1) if number not in cut]


def erased(phantom: Phantom, every: int) -> tuple[FloatArray, int, int]:
    """Fill every so many-th fibre with background; return the image, how many there were and how many are gone."""
    data, labels = phantom
    fibres = [area for area in whole_fibres(labels) if area.sum() > 80]
    out = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(data.shape), 2)
    background = (np.median(data[labels == 0]) + 0.05 / out.std() * out).astype(np.float32)
    gone = fibres[::every]
    return np.where(np.any(gone, axis=0), background, data).astype(np.float32), len(fibres), len(gone)


CHANGES: dict[str, tuple[bool, Change]] = {
    "as it is": (False, lambda image: image),
    "noisy": (False, lambda image: noisy(image, 0.08)),
    "blurred": (False, lambda image: ndimage.gaussian_filter(image, 1.0)),
    "darker": (False, lambda image: np.clip(image, 0, 1) ** 1.6),
    "brighter": (False, lambda image: np.clip(image, 0, 1) ** 0.6),
    "unevenly lit": (False, lambda image: image + np.linspace(0, 0.15, image.shape[1], dtype=np.float32)),
    "inverted": (True, lambda image: 1 - image),
    "inverted, blurred, noisy, darker": (
        True,
        lambda image: noisy((1 - ndimage.gaussian_filter(image, 0.8)) ** 1.5, 0.05),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_only_looks_different_loses_and_invents_nothing(sem: Phantom, tem: Phantom, name: str) -> None:
    inverted, change = CHANGES[name]
    for (data, _), polarity, other, fibre_px in ((sem, DARK, BRIGHT, SEM_PX), (tem, BRIGHT, DARK, TEM_PX)):
        found = compare_fibres(data, change(data), polarity, other if inverted else polarity, fibre_px)
        assert found.source > 15
        assert found.translated > 0.5 * found.source
        assert found.lost_fraction <= 0.01
        assert found.invented_fraction <= 0.01


@pytest.mark.parametrize("invert", [False, True], ids=["same polarity", "opposite polarity"])
def test_erased_fibres_are_lost_and_painted_ones_invented(sem: Phantom, invert: bool) -> None:
    data, _ = sem
    without, fibres, gone = erased(sem, every=10)
    assert gone >= 0.1 * fibres
    translated, polarity = (1 - without, BRIGHT) if invert else (without, DARK)
    found = compare_fibres(data, translated, DARK, polarity, SEM_PX)
    assert 0.7 * gone <= found.lost <= gone
    painted = compare_fibres(translated, data, polarity, DARK, SEM_PX)
    assert 0.7 * gone <= painted.invented <= gone
    assert painted.lost == found.invented <= 2


def test_with_the_wrong_polarity_all_fibres_are_lost(sem: Phantom) -> None:
    data, _ = sem
    assert compare_fibres(data, data, DARK, BRIGHT, SEM_PX).lost_fraction > 0.97


def test_another_image_keeps_few_fibres(sem: Phantom) -> None:
    other = (make_sem(6, (SIDE, SIDE))[0] / 255).astype(np.float32)
    assert compare_fibres(sem[0], other, DARK, DARK, SEM_PX).lost_fraction > 0.6


def test_about_as_many_fibres_are_counted_as_there_are(sem: Phantom, tem: Phantom) -> None:
    for (data, labels), polarity, fibre_px in ((sem, DARK, SEM_PX), (tem, BRIGHT, TEM_PX)):
        assert 0.6 * len(whole_fibres(labels)) <= count_fibres(data, polarity, fibre_px)
    assert count_fibres(np.full((100, 100), 0.5, np.float32), DARK, SEM_PX) == 0


def test_the_axon_of_labelled_fibres_has_to_stand_out(tem: Phantom) -> None:
    data, labels = tem
    clean = LabelMap(labels)
    kept = (1 - ndimage.gaussian_filter(data, 1)).astype(np.float32)
    lost, clear = lost_labeled(clean, data, kept, BRIGHT, DARK, TEM_PX)
    assert (lost, clear > 5) == (0, True)
    without, _, gone = erased(tem, every=3)
    assert lost_labeled(clean, data, without, BRIGHT, BRIGHT, TEM_PX) == (gone, clear)
    assert lost_labeled(clean, data, data, BRIGHT, DARK, TEM_PX) == (clear, clear)


def test_labels_without_fibres_lose_none(tem: Phantom) -> None:
    empty = LabelMap(np.zeros_like(tem[1]))
    assert lost_labeled(empty, tem[0], tem[0], BRIGHT, BRIGHT, TEM_PX) == (0, 0)


def test_changes_of_several_images_add_up() -> None:
    total = FibreChange.total([FibreChange(10, 12, 1, 3), FibreChange(30, 28, 1, 1)])
    assert (total.lost_fraction, total.invented_fraction) == (0.05, 0.1)
    assert FibreChange.total([]) == FibreChange(0, 0, 0, 0)
    assert FibreChange(0, 0, 0, 0).lost_fraction == 0


@pytest.mark.parametrize("polarity", [BRIGHT, DARK])
def test_shapes_must_agree(tem: Phantom, polarity: Polarity) -> None:
    data, labels = tem
    with pytest.raises(InputError, match="expected one shape"):
        compare_fibres(data, data[1:], polarity, polarity, TEM_PX)
    with pytest.raises(InputError, match="expected one shape"):
        lost_labeled(LabelMap(labels[1:]), data, data, polarity, polarity, TEM_PX)


def test_fibres_that_masks_have_are_counted_without_a_truth(sem: Phantom, tem: Phantom) -> None:
    for (data, labels), polarity, fibre_px in ((sem, DARK, SEM_PX), (tem, BRIGHT, TEM_PX)):
        found, there = count_found(LabelMap(labels), data, polarity, fibre_px)
        assert there == count_fibres(data, polarity, fibre_px) > 15
        half = labels.copy()
        half[:, : labels.shape[1] // 2] = 0
        assert 0 < count_found(LabelMap(half), data, polarity, fibre_px)[0] < 0.7 * found
        assert count_found(LabelMap(np.zeros_like(labels)), data, polarity, fibre_px) == (0, there)
    assert count_found(LabelMap(sem[1]), sem[0], DARK, SEM_PX)[0] > 0.5 * count_fibres(sem[0], DARK, SEM_PX)


def test_an_even_image_has_no_fibre_to_be_found() -> None:
    assert count_found(LabelMap(np.ones((80, 90), np.uint8)), np.zeros((80, 90), np.float32), DARK, SEM_PX) == (0, 0)
