"""Deleting and relabelling the clicked fibre."""

import numpy as np
import pytest
from drawnfibres import after, blank, disc, draw

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import delete_fibre, fibre_at, relabel_fibre

SHAPE = (80, 100)


@pytest.mark.parametrize("at", [(40, 30), (40, 20)])
def test_a_fibre_goes_with_its_myelin(at: tuple[int, int]) -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    draw(layers, (40, 60), 6, 10)
    left = after(layers, delete_fibre(layers, at))
    for name in (AXON, MYELIN):
        assert not left[name][:, :45].any()
        assert np.array_equal(left[name][:, 45:], layers[name][:, 45:])


def test_a_touching_neighbour_keeps_its_ring() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    draw(layers, (40, 49), 6, 10)
    before = fibre_at(layers, (40, 49))
    left = after(layers, delete_fibre(layers, (40, 30)))
    remains = fibre_at(left, (40, 49))
    assert remains.window == before.window
    assert np.array_equal(remains.whole, before.whole)
    assert left[MYELIN].sum() == before.myelin.sum()


def test_myelin_without_axon_goes_as_an_area_and_no_further() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    draw(layers, (40, 70), 6, 10, hollow=True)
    layers[MYELIN][5:8, 60:70] = 1
    left = after(layers, delete_fibre(layers, (40, 62)))
    assert not left[MYELIN][20:, 50:].any()
    assert left[MYELIN][5:8, 60:70].all()
    assert np.array_equal(left[MYELIN][:, :50], layers[MYELIN][:, :50])


def test_an_axon_becomes_another_class_and_back() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    changed = after(layers, relabel_fibre(layers, (40, 38), "uaxon"))
    assert np.array_equal(changed["uaxon"] > 0, disc(SHAPE, (40, 30), 6))
    assert not changed[AXON].any()
    assert np.array_equal(changed[MYELIN], layers[MYELIN])
    back = after(changed, relabel_fibre(changed, (40, 30), AXON))
    assert np.array_equal(back[AXON], layers[AXON])
    assert relabel_fibre(layers, (40, 30), AXON).is_empty


def test_myelin_goes_with_it_where_asked_for() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    changed = after(layers, relabel_fibre(layers, (40, 30), "uaxon", with_myelin=True))
    assert np.array_equal(changed["uaxon"] > 0, disc(SHAPE, (40, 30), 10))
    assert not changed[AXON].any()
    assert not changed[MYELIN].any()


def test_an_unknown_class_is_refused() -> None:
    layers = blank()
    draw(layers, (40, 30), 6, 10)
    with pytest.raises(InputError, match=r"new class 'glia', expected one of \['axon'"):
        relabel_fibre(layers, (40, 30), "glia")
    with pytest.raises(InputError, match="click on background"):
        delete_fibre(layers, (0, 0))
