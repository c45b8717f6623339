"""Filling the axon inside a ring."""

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import fill_ring, windows

SHAPE = (80, 100)


@pytest.mark.parametrize("at", [(40, 50), (45, 46), (40, 61), (32, 57)])
def test_a_click_in_the_hole_or_on_the_ring_fills_it(at: tuple[int, int]) -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12, hollow=True)
    draw(layers, (40, 85), 8, 12, hollow=True)
    filled = after(layers, fill_ring(layers, at))
    assert np.array_equal(filled[AXON] > 0, disc(SHAPE, (40, 50), 8))
    assert np.array_equal(filled[MYELIN], layers[MYELIN])


def test_debris_of_axon_is_filled_up_and_other_classes_stay() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12, hollow=True)
    layers[AXON][38:41, 45:48] = 1
    layers["uaxon"][42:44, 50:53] = 1
    filled = after(layers, fill_ring(layers, (39, 46)))
    assert np.array_equal(filled[AXON] + filled["uaxon"] > 0, disc(SHAPE, (40, 50), 8))
    assert np.array_equal(filled["uaxon"], layers["uaxon"])


def test_of_touching_rings_the_nearest_hole_is_filled() -> None:
    layers = blank()
    draw(layers, (40, 30), 8, 12, hollow=True)
    draw(layers, (40, 54), 8, 12, hollow=True)
    assert after(layers, fill_ring(layers, (40, 40)))[AXON][40, 30]
    assert after(layers, fill_ring(layers, (40, 44)))[AXON][40, 54]


def test_a_pinhole_in_the_ring_is_not_its_hole() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 14, hollow=True)
    layers[MYELIN][40, 62] = 0
    filled = after(layers, fill_ring(layers, (40, 63)))
    assert np.array_equal(filled[AXON] > 0, disc(SHAPE, (40, 50), 8))


def test_a_full_ring_gives_an_empty_edit() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12)
    assert fill_ring(layers, (40, 50)).is_empty
    assert fill_ring(layers, (40, 60)).is_empty


@pytest.mark.parametrize("at", [(40, 50), (40, 60), (2, 2)])
def test_an_open_ring_is_named(at: tuple[int, int]) -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12, hollow=True)
    layers[MYELIN][39:42, 36:45] = 0
    with pytest.raises(InputError, match="the ring of myelin is open"):
        fill_ring(layers, at)


def test_an_open_ring_in_a_large_image_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_SIDE_PX", 100)
    layers = blank((600, 600))
    draw(layers, (300, 300), 8, 12, hollow=True)
    layers[MYELIN][300, 280:300] = 0
    for at in ((300, 300), (300, 310)):
        with pytest.raises(InputError, match="the ring of myelin is open"):
            fill_ring(layers, at)


def test_a_ring_closed_by_a_corner_of_pixels_is_closed() -> None:
    layers = blank()
    for row, column in ((10, 11), (11, 12), (12, 11), (11, 10)):
        layers[MYELIN][row, column] = 1
    assert after(layers, fill_ring(layers, (11, 11)))[AXON].sum() == 1


def test_a_hole_above_the_limit_is_refused() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12, hollow=True)
    area_px2 = int(disc(SHAPE, (40, 50), 8).sum())
    assert not fill_ring(layers, (40, 50), max_area_px2=area_px2).is_empty
    with pytest.raises(InputError, match=f"hole of {area_px2} px² at row 40, column 50, expected at most 100 px²"):
        fill_ring(layers, (40, 50), max_area_px2=100)


@pytest.mark.parametrize("center", [(2, 50), (77, 50), (40, 1), (40, 98), (3, 2), (77, 97)])
def test_the_border_of_the_image_closes_a_ring(center: tuple[int, int]) -> None:
    layers = blank()
    draw(layers, center, 12, 16, hollow=True)
    ring = np.argwhere(layers[MYELIN])[0]
    for at in (center, (int(ring[0]), int(ring[1]))):
        filled = after(layers, fill_ring(layers, at))
        assert np.array_equal(filled[AXON] > 0, disc(SHAPE, center, 12))


def test_an_open_ring_at_the_border_is_open() -> None:
    layers = blank()
    draw(layers, (2, 50), 12, 16, hollow=True)
    layers[MYELIN][10:30, 50] = 0
    layers[MYELIN][40] = 1
    with pytest.raises(InputError, match="the ring of myelin is open"):
        fill_ring(layers, (2, 50))
