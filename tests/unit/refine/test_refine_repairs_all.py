"""What holds for every repair, in crowded scenes and at random clicks."""

from collections.abc import Callable

import numpy as np
import pytest
from drawnfibres import CLASSES, after, scene
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, InputError, LabelArray
from labelbridge.refine import Edit
from labelbridge.refine.edits import Layers
from labelbridge.refine.repairs import (
    delete_fibre,
    fibre_at,
    fill_holes,
    fill_ring,
    grow_ring,
    move_border,
    relabel_fibre,
    remove_specks,
    smooth_fibre,
    split_axon,
)
from labelbridge.refine.repairs.windows import grown

Repair = Callable[[Layers, tuple[int, int]], Edit]

AT_A_FIBRE: dict[str, tuple[Repair, int]] = {
    "delete": (delete_fibre, 0),
    "relabel": (lambda layers, at: relabel_fibre(layers, at, "uaxon", with_myelin=True), 0),
    "split": (lambda layers, at: split_axon(layers, at, gap_px=2, depth_px=0.5), 0),
    "grow": (lambda layers, at: grow_ring(layers, at, 5), 6),
    "smooth": (lambda layers, at: smooth_fibre(layers, at, 2), 3),
    "thinner": (lambda layers, at: move_border(layers, at, "thinner ring"), 0),
    "thicker": (lambda layers, at: move_border(layers, at, "thicker ring"), 1),
    "narrower": (lambda layers, at: move_border(layers, at, "narrower axon"), 0),
    "wider": (lambda layers, at: move_border(layers, at, "wider axon"), 1),
}
"""The repairs of one fibre, and how far beyond it they may go, in px."""

ELSEWHERE: dict[str, Repair] = {
    "fill": fill_ring,
    "specks": lambda layers, at: remove_specks(layers, MYELIN, 9, window=grown(pixel(at), 30, layers[AXON].shape)),
    "holes": lambda layers, at: fill_holes(layers, AXON, 9, window=grown(pixel(at), 30, layers[AXON].shape)),
}


def pixel(at: tuple[int, int]) -> tuple[slice, slice]:
    return slice(at[0], at[0] + 1), slice(at[1], at[1] + 1)


def clicks(layers: dict[str, LabelArray], seed: int, count: int) -> list[tuple[int, int]]:
    there = np.argwhere(layers[AXON] | layers[MYELIN])
    return [(int(r), int(c)) for r, c in np.random.default_rng(seed).choice(there, count)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [*AT_A_FIBRE, *ELSEWHERE])
def test_classes_never_overlap_and_undo_restores(name: str, seed: int) -> None:
    layers = scene(seed)
    given = {name: layer.copy() for name, layer in layers.items()}
    repair = AT_A_FIBRE[name][0] if name in AT_A_FIBRE else ELSEWHERE[name]
    done = 0
    for at in clicks(layers, seed, 25):
        try:
            edit = repair(layers, at)
        except InputError:
            continue
        after(layers, edit)
        done += not edit.is_empty
    assert done
    assert all(np.array_equal(layers[name], given[name]) for name in CLASSES)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", AT_A_FIBRE)
def test_neighbours_stay_as_they_are(name: str, seed: int) -> None:
    layers = scene(seed)
    repair, reach_px = AT_A_FIBRE[name]
    background = np.sum([*layers.values()], 0) == 0
    for at in clicks(layers, seed, 25):
        try:
            fibre = fibre_at(layers, at)
            result = after(layers, repair(layers, at))
        except InputError:
            continue
        own = np.zeros(fibre.shape, bool)
        own[fibre.window] = fibre.whole
        allowed = own | (background & (ndimage.distance_transform_edt(~own) <= reach_px))
        for one in CLASSES:
            assert not np.any((result[one] != layers[one]) & ~allowed)


@pytest.mark.parametrize("seed", range(3))
def test_smoothing_never_joins_fibres(seed: int) -> None:
    layers = scene(seed)
    for at in clicks(layers, seed, 25):
        try:
            fibre = fibre_at(layers, at)
            result = after(layers, smooth_fibre(layers, at, 2))
        except InputError:
            continue
        others = layers[AXON].copy()
        others[fibre.window][fibre.axon] = 0
        fresh = (result[AXON] > 0) & (others == 0) & (layers[AXON] == 0)
        assert not np.any(ndimage.binary_dilation(others, np.ones((3, 3))) & fresh)
