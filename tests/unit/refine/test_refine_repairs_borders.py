"""Moving the borders of the clicked fibre."""

from typing import get_args

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw, scene
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import BorderMove, fibre_at, move_border
from labelbridge.refine.repairs.borders import _MOVES

SHAPE = (80, 100)
AT = (40, 50)


def test_each_move_has_its_function() -> None:
    assert list(_MOVES) == list(get_args(BorderMove))


@pytest.mark.parametrize(
    ("move", "axon_px", "whole_px"),
    [("thinner ring", 8, 12), ("thicker ring", 8, 14), ("narrower axon", 7, 13), ("wider axon", 9, 13)],
)
def test_a_border_moves_by_a_pixel(move: BorderMove, axon_px: float, whole_px: float) -> None:
    layers = blank()
    draw(layers, AT, 8, 13)
    moved = after(layers, move_border(layers, (40, 61), move))
    own = moved[AXON] > 0, moved[AXON] + moved[MYELIN] > 0
    for mask, radius_px in zip(own, (axon_px, whole_px), strict=True):
        assert mask[40].sum() == mask[:, 50].sum() == 2 * radius_px + 1
        assert not np.any(mask & ~disc(SHAPE, AT, radius_px + 1))
        assert np.all(mask[disc(SHAPE, AT, radius_px - 1)])


def test_a_border_of_a_large_fibre_moves_by_a_fortieth_of_its_diameter() -> None:
    layers = blank((300, 300))
    draw(layers, (150, 150), 80, 120)
    thinner = after(layers, move_border(layers, (150, 150), "thinner ring"))
    assert thinner[MYELIN][150, 150:].sum() == layers[MYELIN][150, 150:].sum() - 6


@pytest.mark.parametrize("move", get_args(BorderMove))
def test_a_ring_stays_closed_however_often_a_border_moves(move: BorderMove) -> None:
    layers = blank()
    draw(layers, AT, 8, 12)
    for _ in range(6):
        layers = after(layers, move_border(layers, AT, move))
    outside, _ = ndimage.label(layers[MYELIN] == 0)
    assert outside[0, 0] not in outside[layers[AXON] > 0]
    assert layers[AXON][AT]


def test_the_last_of_a_ring_stays_and_nothing_is_left_to_move() -> None:
    layers = blank()
    draw(layers, AT, 8, 9.5)
    layers = after(layers, move_border(layers, AT, "thinner ring"))
    assert layers[MYELIN].any()
    assert move_border(layers, AT, "thinner ring").is_empty


def test_thin_and_thick_again_are_about_the_same() -> None:
    layers = blank()
    draw(layers, AT, 8, 13)
    thinner = after(layers, move_border(layers, AT, "thinner ring"))
    again = after(thinner, move_border(thinner, AT, "thicker ring"))
    assert np.count_nonzero(again[MYELIN] != layers[MYELIN]) <= 0.1 * layers[MYELIN].sum()


def test_a_ring_takes_background_alone() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    draw(layers, (40, 52), 6, 10)
    layers["uaxon"][28:30, 20:40] = 1
    for _ in range(4):
        layers = after(layers, move_border(layers, (40, 30), "thicker ring"))
    assert layers["uaxon"][28:30, 20:40].all()
    other = blank()
    draw(other, (40, 52), 6, 10)
    assert np.all(layers[AXON][:, 42:] == other[AXON][:, 42:])
    assert fibre_at(layers, (40, 52)).axon.sum() == fibre_at(other, (40, 52)).axon.sum()


def test_an_axon_without_ring_gives_to_the_background_and_takes_from_it() -> None:
    layers = blank()
    layers[AXON][disc(SHAPE, AT, 8)] = 1
    wider = after(layers, move_border(layers, AT, "wider axon"))
    narrower = after(layers, move_border(layers, AT, "narrower axon"))
    assert [one[AXON][40].sum() for one in (narrower, layers, wider)] == [15, 17, 19]
    assert not wider[MYELIN].any()
    assert not narrower[MYELIN].any()
    assert after(layers, move_border(layers, AT, "thicker ring"))[MYELIN].any()


def test_at_the_border_of_the_image_a_fibre_is_taken_to_go_on() -> None:
    layers = blank()
    draw(layers, (40, 0), 8, 13)
    thinner = after(layers, move_border(layers, (40, 0), "thinner ring"))
    assert thinner[MYELIN][:, 0].sum() == layers[MYELIN][:, 0].sum() - 2
    narrower = after(layers, move_border(layers, (40, 0), "narrower axon"))
    assert narrower[AXON][:, 0].sum() == layers[AXON][:, 0].sum() - 2


def test_what_cannot_be_is_told() -> None:
    layers = blank()
    layers[AXON][40, 50] = layers[MYELIN][60, 60] = 1
    with pytest.raises(InputError, match="row 40, column 50 that is too small to become narrower; delete the fibre"):
        move_border(layers, AT, "narrower axon")
    with pytest.raises(InputError, match="click on background"):
        move_border(layers, (0, 0), "wider axon")
    with pytest.raises(InputError, match="myelin without axon"):
        move_border(layers, (60, 60), "thinner ring")


@pytest.mark.parametrize("seed", range(2))
def test_thinner_rings_only_lose_and_thicker_ones_only_gain(seed: int) -> None:
    layers = scene(seed)
    for at in np.argwhere(layers[AXON])[::97].tolist():
        for move, gains in (("thinner ring", False), ("thicker ring", True)):
            moved = after(layers, move_border(layers, tuple(at), move))
            changed = moved[MYELIN] != layers[MYELIN]
            assert np.all(moved[MYELIN][changed] == gains)
            assert np.array_equal(moved[AXON], layers[AXON])
