"""Strokes of the scripted annotator are those of napari's brush, and cost what they are long."""

import numpy as np
import pytest

from annotating.costs import Costs
from annotating.hand import Hand
from annotating.strokes import Brush, Stroke

AXON, MYELIN = 1, 2


@pytest.mark.parametrize("size_px", [1, 3, 5, 11])
def test_a_dab_paints_what_napari_paints(size_px):
    rows, columns = np.mgrid[-10:11, -10:11]
    expected = rows**2 + columns**2 <= (np.floor(size_px / 2) + 0.5) ** 2
    painted = Stroke(Brush(AXON, False, size_px), np.array([[10, 10]])).painted(np.zeros((21, 21), np.uint8))
    assert np.array_equal(painted == AXON, expected)


def test_a_stroke_paints_all_along_and_over_other_classes():
    codes = np.full((9, 30), MYELIN, np.uint8)
    painted = Stroke(Brush(AXON, False, 3), np.array([[4, 5], [4, 20]])).painted(codes)
    assert np.array_equal(np.argwhere(painted == AXON).min(0), [3, 4])
    assert np.array_equal(np.argwhere(painted == AXON).max(0), [5, 21])
    assert np.count_nonzero(painted == AXON) == 3 * 18


def test_the_eraser_takes_its_own_class_alone():
    codes = np.full((5, 9), MYELIN, np.uint8)
    codes[:, 4:] = AXON
    erased = Stroke(Brush(MYELIN, True, 1), np.array([[2, 0], [2, 8]])).painted(codes)
    assert np.array_equal(erased[2], [0, 0, 0, 0, 1, 1, 1, 1, 1])


def test_a_line_is_followed_from_its_end_and_a_ring_all_around():
    line = np.zeros((20, 40), np.bool_)
    line[10, 5:35] = True
    assert Stroke.along(Brush(AXON, False, 5), line).length_px == 29
    rows, columns = np.ogrid[:40, :40]
    ring = np.abs(np.hypot(rows - 20, columns - 20) - 12) < 0.5
    around = Stroke.along(Brush(AXON, False, 5), ring)
    assert around.length_px == pytest.approx(2 * np.pi * 12, rel=0.08)
    assert (around.painted(np.zeros(ring.shape, np.uint8)) == AXON)[ring].all()


def test_a_stroke_costs_a_second_and_its_length_on_the_screen():
    hand = Hand(Costs(), zoom=4.0)
    assert hand.stroke_s(50.0) == 1 + 50 * 4 / 200


def test_what_is_in_hand_costs_nothing_to_choose():
    brush = Brush(AXON, False, 5)
    hand, seconds = Hand(Costs(), zoom=1.0).with_brush(brush)
    assert seconds == 2
    assert hand.with_brush(brush) == (hand, 0)
    assert hand.with_brush(Brush(MYELIN, False, 5))[1] == 1
    assert hand.with_brush(Brush(AXON, True, 5))[1] == 1
    assert hand.with_brush(Brush(MYELIN, True, 5))[1] == 2
    grown, seconds = hand.with_repair("grow ring", 6.0)
    assert seconds == 2
    assert grown.with_repair("grow ring", 6.0)[1] == 0
    assert grown.with_repair("fill ring")[1] == 1
