"""An axon lies in its myelin: what the probabilities say against that is mended before masks are made."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, BoolArray, most_probable

__all__ = ["enclose_axons"]

_MIN_ENCLOSED = 0.5


def enclose_axons(probabilities: Probabilities) -> int:
    """Give axons that are not enclosed by myelin to the background.

    An area of axon counts as enclosed where at least half of its border (that at the image's edge left aside) lies on
    myelin. Where it does not, axon and background trade their probabilities, so that masks and uncertainty agree.

    Parameters
    ----------
    probabilities
        Of an image, at the size where they were made; changed in place, band by band. Areas are followed across
        bands, so the bands do not show.

    Returns
    -------
    int
        Number of areas that were given away.
    """
    areas = _Areas()
    for band in _bands(probabilities):
        areas.add(band)
    loose = areas.loose()
    if not loose.any():
        return 0
    axon, background = (probabilities.classes.value(name) for name in (AXON, BACKGROUND))
    for band in _bands(probabilities):
        where = loose[band.ids]
        if where.any():
            rows = probabilities.rows(band.top, band.top + len(where))
            rows[axon, where], rows[background, where] = rows[background, where], rows[axon, where]
            probabilities.write(band.top, rows)
    return areas.count(loose)


class _Band(NamedTuple):
    """Some rows of the label map."""

    top: int
    ids: NDArray[np.int64]
    """Numbers of the axon areas within the band (Y, X); 0 elsewhere, unique over all bands."""

    last: int
    """The highest number so far."""

    myelin: BoolArray


def _bands(probabilities: Probabilities) -> Iterator[_Band]:
    axon, myelin = (probabilities.classes.value(name) for name in (AXON, MYELIN))
    last = 0
    for rows in probabilities.bands():
        labels = most_probable(probabilities.rows(rows.start, rows.stop))
        ids, count = ndimage.label(labels == axon)
        ids = np.where(ids > 0, ids + np.int64(last), 0)
        last += count
        yield _Band(rows.start, ids, last, labels == myelin)


class _Areas:
    """How much of each area's border lies on myelin; areas of neighbouring bands that touch become one."""

    def __init__(self) -> None:
        self._on_myelin = self._elsewhere = np.zeros(1)
        self._links: list[NDArray[np.int64]] = []
        self._before: _Band | None = None
        self._roots: NDArray[np.int32] = np.zeros(1, np.int32)

    def add(self, band: _Band) -> None:
        """Count the borders within a band and between it and the one above."""
        grown = band.last + 1 - len(self._on_myelin)
        self._on_myelin, self._elsewhere = (np.pad(a, (0, grown)) for a in (self._on_myelin, self._elsewhere))
        ids, myelin = band.ids, band.myelin
        self._count(ids[:, :-1], ids[:, 1:], myelin[:, :-1], myelin[:, 1:])
        if self._before is not None:
            above = self._before.ids[-1]
            touching = (above > 0) & (ids[0] > 0)
            self._links.append(np.unique(np.stack([above[touching], ids[0][touching]]), axis=1))
            ids, myelin = np.vstack([above, ids]), np.vstack([self._before.myelin[-1], myelin])
        self._count(ids[:-1], ids[1:], myelin[:-1], myelin[1:])
        self._before = band

    def loose(self) -> BoolArray:
        """Return by number whether the area that it belongs to is not enclosed."""
        size = len(self._on_myelin)
        pairs = np.concatenate([np.zeros((2, 0), np.int64), *self._links], axis=1)
        graph = sparse.coo_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), (size, size))
        _, self._roots = sparse.csgraph.connected_components(graph, directed=False)
        on_myelin, elsewhere = (np.bincount(self._roots, count) for count in (self._on_myelin, self._elsewhere))
        border = on_myelin + elsewhere
        loose = (on_myelin < _MIN_ENCLOSED * border) & (border > 0)
        loose[self._roots[0]] = False
        return np.asarray(loose[self._roots], np.bool_)

    def count(self, chosen: BoolArray) -> int:
        """Return how many areas the chosen numbers make."""
        return len(np.unique(self._roots[chosen]))

    def _count(self, one: AnyArray, other: AnyArray, one_myelin: BoolArray, other_myelin: BoolArray) -> None:
        """Count the borders between pixels and their neighbours on one side, both ways."""
        for inner, outer, on_myelin in ((one, other, other_myelin), (other, one, one_myelin)):
            leaves = (inner > 0) & (outer == 0)
            size = len(self._on_myelin)
            self._on_myelin += np.bincount(inner[leaves & on_myelin], minlength=size)
            self._elsewhere += np.bincount(inner[leaves & ~on_myelin], minlength=size)
