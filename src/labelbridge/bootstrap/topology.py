"""An axon lies in its myelin and is no speck: what probabilities say against that is mended before masks are made."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from labelbridge.bootstrap.borders import Borders
from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.core import (
    AXON,
    BACKGROUND,
    MYELIN,
    BoolArray,
    LabelMap,
    bands,
    count_pixels,
    most_probable,
    number_areas,
)

__all__ = ["drop_specks", "mend_axons"]

_MIN_ENCLOSED = 0.5


def mend_axons(probabilities: Probabilities, speck_px2: float = 0.0) -> int:
    """Give axons that are not enclosed by myelin to the background, and specks within myelin to the myelin.

    An area of axon counts as enclosed where at least half of its border (that at the image's edge left aside) lies on
    myelin. Where it does not, axon and background trade their probabilities, so that masks and uncertainty agree; in
    an enclosed area that is too small for an axon, axon and myelin do.

    Parameters
    ----------
    probabilities
        Of an image, at the size where they were made; changed in place, band by band. Areas are followed across
        bands, so the bands do not show.
    speck_px2
        Area that an axon has at least, in px² of that size.

    Returns
    -------
    int
        Number of areas that were given away.
    """
    areas = _Areas()
    for band in _bands(probabilities):
        areas.add(band)
    loose, specks = areas.wrong(speck_px2)
    if not (loose | specks).any():
        return 0
    axon, background, myelin = (probabilities.classes.value(name) for name in (AXON, BACKGROUND, MYELIN))
    for band in _bands(probabilities):
        trades = [(loose[band.ids], background), (specks[band.ids], myelin)]
        if any(where.any() for where, _ in trades):
            rows = probabilities.rows(band.top, band.top + len(band.ids))
            for where, instead in trades:
                rows[axon, where], rows[instead, where] = rows[instead, where], rows[axon, where]
            probabilities.write(band.top, rows)
    return areas.count(loose | specks)


def drop_specks(labels: LabelMap, least_px2: float) -> int:
    """Give areas of axon that are too small for one to the myelin, in place.

    Parameters
    ----------
    labels
        Masks at the image's own shape, to which `mend_axons` led: when probabilities are brought to another size, a
        thin part of an axon can come off.
    least_px2
        Area that an axon has at least, in px² of the image.

    Returns
    -------
    int
        Number of areas that were given away.
    """
    numbers, count = number_areas(labels.mask(AXON))
    is_speck = count_pixels(numbers, count) < least_px2
    is_speck[0] = False
    if not is_speck.any():
        return 0
    for band in bands(labels.shape):
        labels.data[band][is_speck[numbers[band]]] = labels.classes.value(MYELIN)
    return int(is_speck.sum())


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
    """Size and border of each area; areas of neighbouring bands that touch become one."""

    def __init__(self) -> None:
        self._borders = Borders()
        self._sizes: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
        self._links: list[NDArray[np.int64]] = []
        self._before: _Band | None = None
        self._roots: NDArray[np.int32] = np.zeros(1, np.int32)

    def add(self, band: _Band) -> None:
        """Count within a band and between it and the one above."""
        known = sum(len(sizes) for sizes in self._sizes)
        self._sizes.append(np.bincount(band.ids.ravel(), minlength=band.last + 1)[known:])
        self._borders.grow(band.last)
        ids, myelin = band.ids, band.myelin
        self._borders.count_across(ids, myelin)
        if self._before is not None:
            above = self._before.ids[-1]
            touching = (above > 0) & (ids[0] > 0)
            self._links.append(np.unique(np.stack([above[touching], ids[0][touching]]), axis=1))
            ids, myelin = np.vstack([above, ids]), np.vstack([self._before.myelin[-1], myelin])
        self._borders.count_down(ids, myelin)
        self._before = band

    def wrong(self, speck_px2: float) -> tuple[BoolArray, BoolArray]:
        """Return by number whether the area that it belongs to is not enclosed, and whether it is but is a speck."""
        own = np.concatenate(self._sizes)
        pairs = np.concatenate([np.zeros((2, 0), np.int64), *self._links], axis=1)
        graph = sparse.coo_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), (len(own), len(own)))
        _, self._roots = sparse.csgraph.connected_components(graph, directed=False)
        loose = self._borders.shares(self._roots) < _MIN_ENCLOSED
        specks = ~loose & (np.bincount(self._roots, own) < speck_px2)
        loose[self._roots[0]] = specks[self._roots[0]] = False
        return np.asarray(loose[self._roots], np.bool_), np.asarray(specks[self._roots], np.bool_)

    def count(self, chosen: BoolArray) -> int:
        """Return how many areas the chosen numbers make."""
        return len(np.unique(self._roots[chosen]))
