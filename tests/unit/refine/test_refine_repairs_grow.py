"""Growing a ring of myelin."""

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import grow_ring

SHAPE = (80, 100)


def test_a_ring_has_the_thickness() -> None:
    layers = blank()
    layers[AXON][30:50, 40:60] = 1
    grown = after(layers, grow_ring(layers, (40, 50), 5))
    assert np.array_equal(grown[AXON], layers[AXON])
    assert np.flatnonzero(grown[MYELIN][40]).tolist() == [*range(35, 40), *range(60, 65)]
    assert np.flatnonzero(grown[MYELIN][:, 50]).tolist() == [*range(25, 30), *range(50, 55)]
    assert not grown[MYELIN][26, 36]


def test_the_nearer_axon_wins_whichever_grows_first() -> None:
    layers = blank()
    layers[AXON][30:50, 20:40] = layers[AXON][30:50, 49:69] = 1
    alone = after(layers, grow_ring(layers, (40, 30), 8))[MYELIN]
    assert np.flatnonzero(alone[40]).tolist() == [*range(12, 20), *range(40, 45)]
    then = after({**layers, MYELIN: alone}, grow_ring({**layers, MYELIN: alone}, (40, 60), 8))
    assert np.array_equal(then[AXON], layers[AXON])
    assert then[MYELIN][40, 12:77].sum() + then[AXON][40, 12:77].sum() == 65


def test_myelin_that_is_there_stays_and_a_second_time_changes_nothing() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12)
    grown = after(layers, grow_ring(layers, (40, 61), 6))
    assert np.array_equal(grown[MYELIN] + grown[AXON] >= layers[MYELIN] + layers[AXON], np.ones(SHAPE, bool))
    assert grow_ring(grown, (40, 50), 6).is_empty
    assert grow_ring(layers, (40, 50), 3).is_empty


def test_other_classes_are_not_grown_over_nor_jumped() -> None:
    layers = blank()
    layers[AXON][30:50, 40:60] = 1
    layers["uaxon"][:, 62:64] = 1
    grown = after(layers, grow_ring(layers, (40, 50), 8))
    assert np.array_equal(grown["uaxon"], layers["uaxon"])
    assert grown[MYELIN][40, 60:62].all()
    assert not grown[MYELIN][:, 64:].any()


def test_at_the_border_the_ring_ends() -> None:
    layers = blank()
    layers[AXON][0:10, 40:60] = 1
    grown = after(layers, grow_ring(layers, (0, 40), 4))
    assert np.flatnonzero(grown[MYELIN][0]).tolist() == [*range(36, 40), *range(60, 64)]
    assert not grown[MYELIN][14:].any()


@pytest.mark.parametrize("thickness_px", [0, -1.0, float("nan")])
def test_a_thickness_must_be_above_zero(thickness_px: float) -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12)
    with pytest.raises(InputError, match="expected more than 0"):
        grow_ring(layers, (40, 50), thickness_px)


def test_a_round_axon_gets_a_round_ring() -> None:
    layers = blank()
    draw(layers, (40, 50), 10, 10)
    grown = after(layers, grow_ring(layers, (40, 50), 5))
    there = grown[MYELIN] + grown[AXON] > 0
    assert not np.any(there & ~disc(SHAPE, (40, 50), 15))
    assert np.all(there[disc(SHAPE, (40, 50), 14)])
