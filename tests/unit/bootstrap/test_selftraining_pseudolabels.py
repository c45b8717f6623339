"""Which of a model's own masks the next model learns from."""

import numpy as np
import pytest

from labelbridge.bootstrap.selftraining.pseudolabels import trusted_pixels
from labelbridge.core import BoolArray, ClassMap, FloatArray, LabelArray

CLASSES = ClassMap(("background", "axon", "myelin"))
SHAPE = (80, 160)
LEFT, RIGHT = (40, 40), (40, 120)


def two_fibres() -> LabelArray:
    """Return axons of 12 px radius in rings of 6 px, side by side."""
    rows, columns = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.uint8)
    for row, column in (LEFT, RIGHT):
        distance_px = np.hypot(rows - row, columns - column)
        labels[distance_px < 18] = 2
        labels[distance_px < 12] = 1
    return labels


def sure(labels: LabelArray, certainty: float | FloatArray = 0.95) -> FloatArray:
    """Return probabilities that give each pixel's class this much, and the others the rest."""
    share = np.broadcast_to(np.asarray(certainty, np.float32), labels.shape)
    return np.stack([np.where(labels == value, share, (1 - share) / 2) for value in range(3)]).astype(np.float32)


def trusted_fibres(trusted: BoolArray) -> list[bool]:
    """Return for the left and the right fibre whether it is learnt from; as a whole or not at all."""
    found = []
    for half in (slice(0, 80), slice(80, 160)):
        inside = two_fibres()[:, half] > 0
        part = float(trusted[:, half][inside].mean())
        assert part < 0.05 or part > 0.95
        found.append(part > 0.5)
    return found


def test_fibres_and_background_that_are_certain_are_learnt_from() -> None:
    seen = sure(two_fibres())
    assert trusted_pixels(seen, [seen, seen], CLASSES).all()


def test_an_axon_that_is_uncertain_leaves_its_whole_fibre_out() -> None:
    labels, certainty = two_fibres(), np.full(SHAPE, 0.95, np.float32)
    certainty[(labels == 1) & (np.arange(160) < 80)] = 0.6
    seen = sure(labels, certainty)
    assert trusted_fibres(trusted_pixels(seen, [seen, seen], CLASSES)) == [False, True]


@pytest.mark.parametrize("value", [1, 2])
def test_a_fibre_that_other_views_do_not_have_is_left_out(value: int) -> None:
    labels = two_fibres()
    other = np.where((labels == value) & (np.arange(160) >= 80), np.uint8(0), labels)
    seen = sure(labels)
    assert trusted_fibres(trusted_pixels(seen, [seen, sure(other)], CLASSES)) == [True, False]


def test_an_open_ring_is_no_fibre() -> None:
    labels = two_fibres()
    labels[34:46, 20:40][labels[34:46, 20:40] == 2] = 0
    seen = sure(labels)
    trusted = trusted_pixels(seen, [seen, seen], CLASSES)
    assert not trusted[LEFT]
    assert trusted[RIGHT]
    assert trusted[5, 5], "what is around it is background all the same"


def test_an_axon_that_almost_fills_its_fibre_or_hardly_is_there_is_left_out() -> None:
    rows, columns = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.uint8)
    labels[np.hypot(rows - 40, columns - 40) < 30] = 2
    labels[np.hypot(rows - 40, columns - 40) < 4] = 1
    labels[np.hypot(rows - 40, columns - 120) < 30.2] = 2
    labels[np.hypot(rows - 40, columns - 120) < 29.2] = 1
    seen = sure(labels)
    trusted = trusted_pixels(seen, [seen, seen], CLASSES)
    assert not trusted[LEFT]
    assert not trusted[RIGHT]


def test_background_counts_where_it_is_certain_and_stays() -> None:
    labels, certainty = two_fibres(), np.full(SHAPE, 0.95, np.float32)
    certainty[:10] = 0.7
    other = labels.copy()
    other[70:] = 1
    seen = sure(labels, certainty)
    trusted = trusted_pixels(seen, [seen, sure(other)], CLASSES)
    assert not trusted[:10].any()
    assert not trusted[70:].any()
    assert trusted[40, 80]


def test_masks_without_a_fibre_give_background_alone() -> None:
    seen = sure(np.zeros(SHAPE, np.uint8))
    assert trusted_pixels(seen, [seen], CLASSES).all()
