"""Which myelin belongs to which axon, for all fibres of a window at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import MYELIN, BoolArray
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.repairs.fibres import GAP_PX, TIE_PX, way_through_myelin
from labelbridge.refine.repairs.windows import distance_to_cut
from labelbridge.refine.review.tiles import MARGIN_PX

__all__ = ["Numbers", "Territory", "territory_of"]

Numbers = NDArray[np.int32]
"""Numbers of areas, 1 to n, 0 elsewhere: axes (Y, X)."""

_REACH_PX = MARGIN_PX - GAP_PX - 1.0

_HALF_OF_NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))

_Ints = NDArray[np.integer]


class Territory(NamedTuple):
    """The fibres of a window."""

    owner: Numbers
    """Number of the axon for each pixel of axon and of myelin that belongs to one, 0 elsewhere."""

    unsure: Numbers
    """The same where what lies beyond the window may change it, 0 elsewhere."""


def territory_of(layers: Layers, window: Window, axons: Numbers, shape: tuple[int, int]) -> Territory:
    """Give each pixel of myelin to the axon that `labelbridge.refine.repairs.fibre_at` would give it to.

    That is the axon to which the way through myelin, and a gap of up to 2 px around the axon, is shortest; where two
    are equally far, none. Myelin that is more than about 150 px away belongs to none.

    Parameters
    ----------
    layers
        Class layers by name.
    window
        Rows and columns to look at.
    axons
        Numbers of the axons in the window.
    shape
        Height and width of the image in px.
    """
    way = way_through_myelin(layers, window)
    distance, nearest = _nearest_axons(way, axons)
    unsure = np.where(distance + GAP_PX >= distance_to_cut(window, shape), nearest, np.int32(0))
    return Territory(np.where(way & (layers[MYELIN][window] == 0), np.int32(0), nearest), unsure)


def _nearest_axons(way: BoolArray, axons: Numbers) -> tuple[NDArray[np.float64], Numbers]:
    """Return for each pixel how far the nearest axon is along the way, and its number: 0 where there are two or none.

    Axons are 0 px away from themselves.
    """
    from scipy import ndimage, sparse

    distance, nearest = np.where(axons > 0, 0.0, np.inf), axons.copy()
    there = way | ((axons > 0) & ndimage.binary_dilation(way, np.ones((3, 3))))
    places = np.flatnonzero(there)
    starts = np.flatnonzero(axons.ravel()[places])
    if not starts.size:
        return distance, nearest
    steps = _steps(there)
    graph = sparse.csr_array((steps.length_px, (steps.one, steps.other)), (places.size, places.size))
    far, _, origin = sparse.csgraph.dijkstra(
        graph, directed=False, indices=starts, min_only=True, return_predecessors=True, limit=_REACH_PX
    )
    numbers = np.where(np.isfinite(far), axons.ravel()[places[np.maximum(origin, 0)]], np.int32(0))
    _leave_out_ties(numbers, far, steps)
    distance.ravel()[places], nearest.ravel()[places] = far, numbers
    return distance, nearest


class _Steps(NamedTuple):
    """All pairs of pixels of a mask that touch by a side or a corner, by their number in reading order; (N,)."""

    one: NDArray[np.int32]
    other: NDArray[np.int32]
    length_px: NDArray[np.float64]


def _steps(mask: BoolArray) -> _Steps:
    numbers = np.full((mask.shape[0] + 2, mask.shape[1] + 2), -1, np.int32)
    numbers[1:-1, 1:-1][mask] = np.arange(np.count_nonzero(mask), dtype=np.int32)
    flat = numbers.ravel()
    at = np.flatnonzero(flat >= 0)
    ones, others, lengths = [], [], []
    for down, right in _HALF_OF_NEIGHBOURS:
        other = flat[at + down * numbers.shape[1] + right]
        one = np.flatnonzero(other >= 0).astype(np.int32)
        ones.append(one)
        others.append(other[one])
        lengths.append(np.full(one.size, np.hypot(down, right)))
    return _Steps(np.concatenate(ones), np.concatenate(others), np.concatenate(lengths))


def _leave_out_ties(numbers: Numbers, distance: NDArray[np.float64], steps: _Steps) -> None:
    """Give number 0 to pixels that have shortest ways to several axons, in place."""
    from_px, to_px = _shortest_steps(distance, steps)
    lowest, highest = numbers.copy(), numbers.copy()
    for found, lower in ((lowest, np.minimum), (highest, np.maximum)):
        while (differ := lower(found[to_px], found[from_px]) != found[to_px]).any():
            lower.at(found, to_px[differ], found[from_px[differ]])
    numbers[lowest != highest] = 0


def _shortest_steps(distance: NDArray[np.float64], steps: _Steps) -> tuple[_Ints, _Ints]:
    """Return the pixels that the steps of all shortest ways lead from, and those that they lead to."""
    reached = np.isfinite(distance[steps.one]) & np.isfinite(distance[steps.other])
    one, other, length_px = (part[reached] for part in steps)
    further = distance[other] - distance[one]
    forth, back = np.abs(further - length_px) <= TIE_PX, np.abs(further + length_px) <= TIE_PX
    return np.concatenate([one[forth], other[back]]), np.concatenate([other[forth], one[back]])
