"""Which myelin belongs to which axon: that from which the way to it, through myelin, is shorter than to any other."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from labelbridge.core.areas import Numbers
from labelbridge.core.arrays import BoolArray

__all__ = ["GAP_PX", "MYELIN_MARGIN_PX", "TIE_PX", "myelin_ways", "nearest_axons"]

GAP_PX = 2
"""How much background may lie between an axon and its myelin."""

TIE_PX = 1e-6
"""Ways that differ by less are equally long."""

MYELIN_MARGIN_PX = 160
"""How far beyond a part of an image must be seen to know whose its myelin is."""

_REACH_PX = MYELIN_MARGIN_PX - GAP_PX - 1.0

_NEIGHBOURS = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)

_Ints = NDArray[np.integer]


def myelin_ways(axon: BoolArray, myelin: BoolArray, occupied: BoolArray) -> BoolArray:
    """Return where ways from axons may lead: myelin, and the background that may be a gap between both.

    Parameters
    ----------
    axon, myelin, occupied
        Where the axons are, the myelin is, and any class is, axes (Y, X), bool.

    Returns
    -------
    BoolArray
        Axes (Y, X).
    """
    from scipy import ndimage

    near = ndimage.binary_dilation(axon, iterations=GAP_PX)
    return np.asarray(myelin | (near & ~occupied), np.bool_)


def nearest_axons(way: BoolArray, axons: Numbers) -> tuple[NDArray[np.float64], Numbers]:
    """Return for each pixel how far the nearest axon is along the way, and its number: 0 where there are two or none.

    Axons are 0 px away from themselves. What is further than about 150 px from any belongs to none.

    Parameters
    ----------
    way
        Where ways may lead, as `myelin_ways` tells, axes (Y, X), bool.
    axons
        Numbers of the axons, axes (Y, X).

    Returns
    -------
    tuple
        Distance in px, infinite where there is no way, and number, axes (Y, X) each.
    """
    from scipy import ndimage

    there = way | ((axons > 0) & ndimage.binary_dilation(way, np.ones((3, 3))))
    ways = _Ways(there, axons)
    ways.grow()
    ways.leave_out_ties()
    distance, nearest = ways.distance[1:-1, 1:-1], ways.nearest[1:-1, 1:-1]
    return np.where(there, distance, np.where(axons > 0, 0.0, np.inf)), np.where(there, nearest, axons)


class _Ways:
    """The shortest ways from the axons through a mask, by steps to the eight neighbours; with a border of one pixel.

    They grow from all axons at once, a step at a time. That is quicker than a graph, and other threads can run between
    the steps: a window that is painted in does not wait.

    Parameters
    ----------
    mask
        Where ways may lead, (Y, X), bool.
    axons
        Numbers of the axons, (Y, X); ways begin where they lie in the mask.

    Attributes
    ----------
    distance
        Length of the shortest way to each pixel, px: infinite where none leads, minus infinite outside of the mask.
    nearest
        Number of the axon where it begins, 0 where there is none or, after `leave_out_ties`, more than one.
    """

    def __init__(self, mask: BoolArray, axons: Numbers) -> None:
        shape = mask.shape[0] + 2, mask.shape[1] + 2
        self.distance, self.nearest = np.full(shape, -np.inf), np.zeros(shape, np.int32)
        self.distance[1:-1, 1:-1][mask] = np.inf
        self.nearest[1:-1, 1:-1] = np.where(mask, axons, 0)
        self.distance[self.nearest > 0] = 0
        self._steps = [(down * shape[1] + right, float(np.hypot(down, right))) for down, right in _NEIGHBOURS]

    def grow(self) -> None:
        """Find the shortest ways of at most `_REACH_PX`."""
        distance, nearest = self.distance.ravel(), self.nearest.ravel()
        is_new = self.nearest.ravel() > 0
        while (at := np.flatnonzero(is_new)).size:
            is_new[at] = False
            length_px, number = distance[at], nearest[at]
            for step, step_px in self._steps:
                to, to_px = at + step, length_px + step_px
                shorter = np.flatnonzero((to_px < distance[to]) & (to_px <= _REACH_PX))
                to = to[shorter]
                distance[to], nearest[to], is_new[to] = to_px[shorter], number[shorter], True

    def leave_out_ties(self) -> None:
        """Give number 0 to pixels that have shortest ways to several axons."""
        nearest = self.nearest.ravel()
        is_tie = np.zeros(nearest.size, np.bool_)
        for at, to in self._last_steps(np.flatnonzero(nearest)):
            is_tie[to[nearest[at] != nearest[to]]] = True
        is_new = is_tie.copy()
        while (at := np.flatnonzero(is_new)).size:
            is_new[at] = False
            for _, to in self._last_steps(at):
                is_new[to[~is_tie[to]]] = True
                is_tie[to] = True
        nearest[is_tie] = 0

    def _last_steps(self, at: _Ints) -> Iterator[tuple[_Ints, _Ints]]:
        """Give, direction by direction, the steps of all shortest ways that lead from some pixels to others."""
        distance = self.distance.ravel()
        for step, step_px in self._steps:
            is_shortest = np.abs(distance[at + step] - distance[at] - step_px) <= TIE_PX
            yield at[is_shortest], at[is_shortest] + step
