"""Removing specks and filling holes."""

import numpy as np
import pytest
from drawnfibres import after, blank

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import fill_holes, remove_specks


def test_areas_below_the_size_go() -> None:
    layers = blank()
    layers[AXON][10:12, 10:12] = layers[AXON][20:23, 20:22] = layers[MYELIN][30, 30] = 1
    cleaned = after(layers, remove_specks(layers, AXON, 6))
    assert not cleaned[AXON][:15].any()
    assert cleaned[AXON].sum() == 6
    assert cleaned[MYELIN][30, 30]
    assert remove_specks(layers, AXON, 4).is_empty


def test_pixels_that_touch_by_a_corner_are_one_speck() -> None:
    layers = blank()
    layers[AXON][range(10, 20), range(10, 20)] = 1
    assert remove_specks(layers, AXON, 10).is_empty
    assert after(layers, remove_specks(layers, AXON, 11))[AXON].sum() == 0


def test_in_a_window_what_goes_on_beyond_it_stays() -> None:
    layers = blank()
    layers[AXON][10:12, 5:60] = layers[AXON][20, 20] = layers[AXON][0, 15] = layers[AXON][70, 70] = 1
    window = slice(0, 40), slice(10, 40)
    cleaned = after(layers, remove_specks(layers, AXON, 1000, window=window))
    assert cleaned[AXON].sum() == 111
    assert cleaned[AXON][70, 70]


def test_holes_of_background_below_the_size_are_filled() -> None:
    layers = blank()
    layers[MYELIN][10:40, 10:60] = 1
    layers[MYELIN][12:14, 12:14] = 0
    layers[MYELIN][20:23, 20:23] = 0
    layers[MYELIN][30:33, 30:33] = 0
    layers[AXON][31, 31] = 1
    layers[MYELIN][10, 30] = 0
    filled = after(layers, fill_holes(layers, MYELIN, 9))
    assert np.argwhere(filled[MYELIN] != layers[MYELIN]).tolist() == [[12, 12], [12, 13], [13, 12], [13, 13]]
    more = after(layers, fill_holes(layers, MYELIN, 10))
    assert more[MYELIN][20:23, 20:23].all()
    assert not more[MYELIN][30:33, 30:33].any()
    assert not more[MYELIN][10, 30]


def test_a_hole_at_the_border_is_none_nor_one_cut_by_the_window() -> None:
    layers = blank()
    layers[MYELIN][0:40, 0:60] = 1
    layers[MYELIN][0, 5] = layers[MYELIN][20, 9:12] = 0
    assert fill_holes(layers, MYELIN, 10, window=(slice(0, 40), slice(0, 10))).is_empty
    assert after(layers, fill_holes(layers, MYELIN, 10))[MYELIN].sum() == 40 * 60 - 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="got class 'glia', expected one of"):
        remove_specks(blank(), "glia", 5)
    with pytest.raises(InputError, match="smallest area of 0 px², expected more than 0"):
        fill_holes(blank(), AXON, 0)
    with pytest.raises(InputError, match="window outside the image of 100 x 80 px"):
        remove_specks(blank(), AXON, 5, window=(slice(90, 95), slice(0, 5)))
