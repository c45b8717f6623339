"""What is counted for each fibre pixel by pixel: sums, so that tiles add up to the image."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import MYELIN, AnyArray, BoolArray, Numbers
from labelbridge.refine.edits import Window
from labelbridge.refine.review.sources import Sources
from labelbridge.refine.review.territory import Territory
from labelbridge.refine.review.tiles import Tile

__all__ = ["FibreSums"]

_RIM_PX = 2
_NEAR_PX = 3
_IS_AXON, _ENCLOSES, _IS_BARE = np.uint8(1), np.uint8(2), np.uint8(3)
_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))

_Totals = NDArray[np.float64]


class FibreSums:
    """Sums over the pixels of each fibre, one number a fibre; the fibre with number n stands at n - 1.

    Attributes
    ----------
    axon, myelin
        (6, N): pixels, and the sums over them of row, column, row², column², row * column; of the whole image's rows
        and columns, exact.
    first
        Flat index in the image of the first pixel of the axon in reading order.
    low, high
        (2, N): first row and column of axon and myelin, and the last.
    uncertainty, rim, rim_uncertainty
        Sum of the uncertainty over the axon; pixels of the rim around axon and myelin, and its sum over these.
    axon_grey, myelin_grey
        Sums of the image's intensities over axon and myelin.
    enclosed, bare
        Lengths of the axon's outline that has myelin near, and that has none; the image's edge is neither.
    touching
        Pixels of the axon less than 2 px from another axon.
    marked
        Pixels of axon and myelin that are marked.
    unsure
        Pixels that what lies beyond the window may change.
    """

    def __init__(self, count: int, shape: tuple[int, int]) -> None:
        self._count = count
        self._shape = shape
        self.axon, self.myelin = np.zeros((2, 6, count))
        self.first = np.full(count, shape[0] * shape[1])
        self.low = np.full((2, count), max(shape))
        self.high = np.full((2, count), -1)
        self.uncertainty, self.rim, self.rim_uncertainty = np.zeros((3, count))
        self.axon_grey, self.myelin_grey = np.zeros((2, count))
        self.enclosed, self.bare, self.touching, self.marked, self.unsure = np.zeros((5, count))

    def add(self, sources: Sources, tile: Tile, axons: Numbers, territory: Territory, marked: BoolArray | None) -> Self:
        """Add the pixels of a tile; `axons` and `marked` are those of what it sees."""
        inner = tile.inner
        numbers, owner = axons[inner], territory.owner[inner]
        self._add_places(numbers, owner, tile.core)
        self._add_outlines(sources, tile, axons)
        self.touching += self._per_fibre(np.where(_touches(axons), axons, 0)[inner])
        self.unsure += self._per_fibre(territory.unsure[inner])
        if marked is not None:
            self.marked += self._per_fibre(np.where(marked[inner], owner, 0))
        if sources.uncertainty is not None:
            self._add_uncertainty(sources.uncertainty[tile.core], numbers, _rim_of(territory.owner)[inner])
        if (grey := sources.grey(tile.core)) is not None:
            self.axon_grey += self._per_fibre(numbers, grey)
            self.myelin_grey += self._per_fibre(np.where(numbers > 0, 0, owner), grey)
        return self

    def _per_fibre(self, numbers: Numbers, weights: AnyArray | None = None) -> _Totals:
        flat = None if weights is None else weights.ravel()
        return np.asarray(np.bincount(numbers.ravel(), flat, self._count + 1)[1:], np.float64)

    def _add_places(self, numbers: Numbers, owner: Numbers, core: Window) -> None:
        for sums, part in ((self.axon, numbers), (self.myelin, np.where(numbers > 0, 0, owner))):
            at = np.nonzero(part)
            row, column = (axis + float(cut.start) for axis, cut in zip(at, core, strict=True))
            for total, weights in zip(sums, (None, row, column, row * row, column * column, row * column), strict=True):
                total += self._per_fibre(part[at], weights)
        rows, columns = np.nonzero(owner)
        index, places = owner[rows, columns] - 1, (rows + core[0].start, columns + core[1].start)
        for low, high, place in zip(self.low, self.high, places, strict=True):
            np.minimum.at(low, index, place)
            np.maximum.at(high, index, place)
        is_axon = numbers[rows, columns] > 0
        np.minimum.at(self.first, index[is_axon], (places[0] * self._shape[1] + places[1])[is_axon])

    def _add_outlines(self, sources: Sources, tile: Tile, axons: Numbers) -> None:
        from scipy import ndimage

        near = ndimage.maximum_filter(sources.layers[MYELIN][tile.seen], 2 * _NEAR_PX + 1)
        beside = np.pad(np.where(axons > 0, _IS_AXON, np.where(near > 0, _ENCLOSES, _IS_BARE)), 1, constant_values=0)
        rows, columns = (slice(cut.start + 1, cut.stop + 1) for cut in tile.inner)
        numbers = axons[tile.inner]
        for down, right in _SIDES:
            next_to = beside[_shifted(rows, down), _shifted(columns, right)]
            self.enclosed += self._per_fibre(np.where(next_to == _ENCLOSES, numbers, 0))
            self.bare += self._per_fibre(np.where(next_to == _IS_BARE, numbers, 0))

    def _add_uncertainty(self, uncertainty: AnyArray, numbers: Numbers, rim: Numbers) -> None:
        self.uncertainty += self._per_fibre(numbers, uncertainty)
        self.rim += self._per_fibre(rim)
        self.rim_uncertainty += self._per_fibre(rim, uncertainty)


def _shifted(cut: slice, by: int) -> slice:
    return slice(cut.start + by, cut.stop + by)


def _touches(axons: Numbers) -> BoolArray:
    """Return which pixels of axons are less than 2 px from another axon, axes (Y, X), bool."""
    from scipy import ndimage

    highest = ndimage.maximum_filter(axons, 5)
    lowest = ndimage.minimum_filter(np.where(axons > 0, axons, np.iinfo(np.int32).max), 5)
    return np.asarray((axons > 0) & ((highest != axons) | (lowest != axons)), np.bool_)


def _rim_of(owner: Numbers) -> Numbers:
    """Return the number of a fibre for the pixels just around it, 0 elsewhere."""
    from scipy import ndimage

    around = ndimage.maximum_filter(owner, 2 * _RIM_PX + 1)
    return np.where(owner > 0, np.int32(0), around)
