"""Myelin is given to axons for all fibres at once as `fibre_at` gives it to one."""

import numpy as np
import pytest
from drawnfibres import scene
from scipy import ndimage

from labelbridge.core import AXON
from labelbridge.refine.repairs import fibre_at
from labelbridge.refine.review import tiles
from labelbridge.refine.review.measures import measure_fibres
from labelbridge.refine.review.sources import Sources, whole_of
from labelbridge.refine.review.territory import territory_of


@pytest.mark.parametrize("seed", range(4))
def test_all_fibres_at_once_are_those_found_one_by_one(seed: int) -> None:
    layers = scene(seed)
    shape = layers[AXON].shape
    axons, count = ndimage.label(layers[AXON])
    territory = territory_of(layers, whole_of(shape), axons.astype(np.int32), shape)
    assert count > 20
    assert not territory.unsure.any()
    for number in range(1, count + 1):
        row, column = np.argwhere(axons == number)[0]
        fibre = fibre_at(layers, (int(row), int(column)))
        whole = np.zeros(shape, bool)
        whole[fibre.window] = fibre.whole
        assert np.array_equal(territory.owner == number, whole)


def test_a_window_knows_what_it_cannot_know() -> None:
    layers = scene(7)
    shape = layers[AXON].shape
    window = slice(30, 90), slice(40, 110)
    everywhere, _ = ndimage.label(layers[AXON])
    axons = everywhere[window].astype(np.int32)
    part = territory_of(layers, window, axons, shape)
    whole = territory_of(layers, whole_of(shape), everywhere.astype(np.int32), shape).owner
    sure = np.setdiff1d(axons, np.union1d(part.unsure, axons[[0, -1]])[1:])[1:]
    sure = np.setdiff1d(sure, axons[:, [0, -1]])
    assert sure.size > 3
    for number in sure:
        assert np.array_equal(part.owner == number, (whole == number)[window])
        assert np.count_nonzero(whole == number) == np.count_nonzero(part.owner == number)


def test_tiles_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = scene(3, (300, 260))
    sources = Sources(layers, np.random.default_rng(0).random((300, 260), np.float32))
    at_once = measure_fibres(sources, whole_of((300, 260))).fibres
    monkeypatch.setattr(tiles, "_SIDE_PX", 37)
    in_tiles = measure_fibres(sources, whole_of((300, 260))).fibres
    assert [fibre.fingerprint for fibre in in_tiles] == [fibre.fingerprint for fibre in at_once]
    for name in ("fill", "elongation", "bareness", "touching", "uncertainty", "rim_uncertainty"):
        one, other = ([getattr(fibre, name) for fibre in fibres] for fibres in (at_once, in_tiles))
        assert one == pytest.approx(other)
    assert [fibre.window for fibre in in_tiles] == [fibre.window for fibre in at_once]
