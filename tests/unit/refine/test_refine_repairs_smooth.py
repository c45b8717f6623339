"""Smoothing the outline of a fibre."""

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import smooth_fibre

SHAPE = (80, 100)


def test_a_smooth_fibre_stays_where_it_is() -> None:
    layers = blank()
    draw(layers, (40, 50), 14, 20)
    smooth = after(layers, smooth_fibre(layers, (40, 50), 4))
    for name in (AXON, MYELIN):
        assert np.count_nonzero(smooth[name] != layers[name]) < 0.04 * layers[name].sum()
        shift = np.subtract(ndimage.center_of_mass(smooth[name]), ndimage.center_of_mass(layers[name]))
        assert np.abs(shift).max() < 0.1


def test_spurs_go_and_notches_are_filled() -> None:
    layers = blank()
    draw(layers, (40, 50), 14, 18)
    clean = {name: layer.copy() for name, layer in layers.items()}
    layers[MYELIN][40, 68:76] = 1
    layers[MYELIN][54:59, 50] = 0
    layers[AXON][20:27, 50] = 1
    layers[MYELIN][20:27, 50] = 0
    smooth = after(layers, smooth_fibre(layers, (40, 50), 3))
    for name in (AXON, MYELIN):
        assert np.count_nonzero(smooth[name] != clean[name]) < 0.05 * clean[name].sum()
    assert not smooth[MYELIN][40, 70:].any()
    assert smooth[MYELIN][54:57, 50].all()
    assert smooth[MYELIN][23:26, 50].all()


def test_thin_myelin_survives_a_large_radius() -> None:
    layers = blank()
    draw(layers, (40, 50), 14, 16)
    smooth = after(layers, smooth_fibre(layers, (40, 50), 6))
    assert ndimage.label(smooth[MYELIN], np.ones((3, 3)))[1] == 1
    assert abs(int(smooth[MYELIN].sum()) - int(layers[MYELIN].sum())) < 0.1 * layers[MYELIN].sum()


def test_neighbours_are_neither_changed_nor_touched() -> None:
    layers = blank()
    draw(layers, (40, 30), 10, 14)
    layers[MYELIN][38:43, 40:47] = 0
    layers[AXON][40, 45:65] = 1
    smooth = after(layers, smooth_fibre(layers, (40, 30), 5))
    assert smooth[AXON][40, 45:65].all()
    assert ndimage.label(smooth[AXON])[1] == 2
    assert not np.any(smooth[MYELIN][39:42, 44:66])


def test_where_rings_touch_no_notch_is_cut() -> None:
    layers = blank()
    draw(layers, (40, 30), 10, 14)
    draw(layers, (40, 54), 10, 14)
    smooth = after(layers, smooth_fibre(layers, (40, 30), 3))
    assert not np.any((smooth[MYELIN] == 0) & (layers[MYELIN] == 1) & disc(SHAPE, (40, 42), 8))
    assert np.array_equal(smooth[AXON][:, 43:], layers[AXON][:, 43:])


def test_a_gap_between_axon_and_myelin_stays() -> None:
    layers = blank()
    draw(layers, (40, 50), 20, 24, hollow=True)
    layers[AXON][disc(SHAPE, (40, 46), 14)] = 1
    layers[MYELIN][40, 60:72] = 1
    smooth = after(layers, smooth_fibre(layers, (40, 46), 2))
    gap = disc(SHAPE, (40, 50), 18) & ~disc(SHAPE, (40, 46), 16) & (layers[MYELIN] == 0)
    assert not np.any(smooth[MYELIN][gap])


def test_an_area_of_a_further_class_and_a_fibre_at_the_border_are_smoothed() -> None:
    layers = blank()
    layers["uaxon"][0:30, 0:30] = 1
    layers["uaxon"][10, 30:38] = 1
    smooth = after(layers, smooth_fibre(layers, (5, 5), 3))
    assert not smooth["uaxon"][10, 32:].any()
    assert smooth["uaxon"][0:26, 0:26].all()


def test_a_radius_above_the_axon_is_refused() -> None:
    layers = blank()
    draw(layers, (40, 50), 5, 9)
    with pytest.raises(InputError, match="radius of 12 px, too large for the fibre at row 40, column 50"):
        smooth_fibre(layers, (40, 50), 12)
