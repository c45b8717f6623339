"""Splitting axons that have grown together."""

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import fibre_at, split_axon

SHAPE = (80, 100)


def pieces(mask: np.ndarray) -> int:
    return int(ndimage.label(mask, np.ones((3, 3)))[1])


@pytest.mark.parametrize(("gap_px", "columns"), [(1, {50}), (2, {50, 51})])
def test_touching_discs_are_split_at_the_waist(gap_px: int, columns: set[int]) -> None:
    layers = blank()
    layers[AXON][disc(SHAPE, (40, 41), 12) | disc(SHAPE, (40, 60), 12)] = 1
    layers[AXON][disc(SHAPE, (10, 10), 5)] = 1
    split = after(layers, split_axon(layers, (40, 40), gap_px=gap_px))
    assert pieces(split[AXON]) == 3
    gone = np.argwhere(layers[AXON] != split[AXON])
    assert set(gone[:, 1].tolist()) == columns
    assert not split[MYELIN].any()


def test_three_discs_become_three() -> None:
    layers = blank()
    for column in (25, 45, 65):
        layers[AXON][disc(SHAPE, (40, column), 12)] = 1
    assert pieces(after(layers, split_axon(layers, (40, 25)))[AXON]) == 3


def test_in_a_common_ring_the_line_is_myelin_and_each_axon_a_fibre() -> None:
    layers = blank()
    both = disc(SHAPE, (40, 41), 12) | disc(SHAPE, (40, 60), 12)
    layers[MYELIN][ndimage.binary_dilation(both, iterations=4)] = 1
    layers[MYELIN][both] = 0
    layers[AXON][both] = 1
    split = after(layers, split_axon(layers, (40, 75), gap_px=2))
    assert np.array_equal(split[AXON] + split[MYELIN], layers[AXON] + layers[MYELIN])
    left, right = (fibre_at(split, at) for at in ((40, 41), (40, 60)))
    assert left.axon.sum() + right.axon.sum() == split[AXON].sum()
    assert left.myelin.sum() + right.myelin.sum() == split[MYELIN].sum()


@pytest.mark.parametrize("depth_px", [1.0, 3.0])
def test_one_round_axon_is_not_split(depth_px: float) -> None:
    layers = blank()
    draw(layers, (40, 50), 12, 16)
    with pytest.raises(InputError, match="no waist, so only one axon was found"):
        split_axon(layers, (40, 50), depth_px=depth_px)


def test_a_greater_depth_spares_a_shallow_waist() -> None:
    layers = blank()
    layers[AXON][disc(SHAPE, (40, 41), 12) | disc(SHAPE, (40, 60), 12)] = 1
    with pytest.raises(InputError, match="only one axon"):
        split_axon(layers, (40, 40), depth_px=6)


def test_axons_cut_by_the_border_are_split() -> None:
    layers = blank()
    layers[AXON][disc(SHAPE, (0, 41), 12) | disc(SHAPE, (0, 60), 12)] = 1
    assert pieces(after(layers, split_axon(layers, (0, 41)))[AXON]) == 2


@pytest.mark.parametrize("gap_px", [0, 3])
def test_a_gap_is_one_or_two_pixels(gap_px: int) -> None:
    with pytest.raises(InputError, match="expected 1 or 2 px"):
        split_axon(blank(), (1, 1), gap_px=gap_px)
