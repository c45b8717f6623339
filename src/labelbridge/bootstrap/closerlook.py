"""A closer look: larger to the network, an image shows small fibres that the first look has missed."""

import math

import numpy as np
from numpy.typing import NDArray

from labelbridge.bootstrap.borders import Borders
from labelbridge.core import (
    AXON,
    BACKGROUND,
    MYELIN,
    BoolArray,
    LabelMap,
    Numbers,
    Reporter,
    bands,
    circle_diameter,
    count_pixels,
    myelin_ways,
    nearest_axons,
    number_areas,
)
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import grown

__all__ = ["CLOSER", "add_fibres"]

CLOSER = 1.5
"""How much larger the network sees the image, a side."""

_MIN_ENCLOSED = 0.75
_MOST_SHARED = 0.1
_MYELIN_RADII = 1.2
"""Most that myelin is thick, over the radius of its axon: the g-ratio is 0.45 then."""


def add_fibres(first: LabelMap, closer: LabelMap, reporter: Reporter) -> int:
    """Add whole fibres of a closer look to the masks of the first, in place.

    A fibre is added where at least three quarters of the border of its axon lie on myelin and at most a tenth of the
    axon is axon already. Its myelin comes with it where the first look saw background. All else stays as it is: the
    first look sees large fibres better, which do not fit into the network's view when they are closer.

    Parameters
    ----------
    first, closer
        Masks of one image at its own shape, of the same classes.
    reporter
        Asked before each fibre whether to stop.

    Returns
    -------
    int
        Number of fibres that were added.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    numbers, count = number_areas(closer.mask(AXON))
    areas_px2 = count_pixels(numbers, count)
    is_free = _count_axon(numbers, count, first) <= _MOST_SHARED * areas_px2
    is_new = _enclosed(numbers, count, closer) & is_free
    if not is_new.any():
        return 0
    from scipy import ndimage

    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        if is_new[number]:
            reporter.checkpoint()
            reach_px = max(1, math.ceil(_MYELIN_RADII * circle_diameter(areas_px2[number]) / 2))
            _add(first, closer, numbers, number, grown(place, reach_px, first.shape), reach_px)
    return int(is_new.sum())


def _enclosed(numbers: Numbers, count: int, labels: LabelMap) -> BoolArray:
    """Return by number whether an area is enclosed by myelin; 0 is none."""
    borders, myelin = Borders(), labels.classes.value(MYELIN)
    borders.grow(count)
    for band in bands(labels.shape):
        borders.count_across(numbers[band], labels.data[band] == myelin)
        below = slice(band.start, band.stop + 1)
        borders.count_down(numbers[below], labels.data[below] == myelin)
    enclosed = borders.shares() >= _MIN_ENCLOSED
    enclosed[0] = False
    return np.asarray(enclosed, np.bool_)


def _count_axon(numbers: Numbers, count: int, labels: LabelMap) -> NDArray[np.int64]:
    """Return by number how many pixels of an area are axon in other masks."""
    shared = np.zeros(count + 1, np.int64)
    axon = labels.classes.value(AXON)
    for band in bands(labels.shape):
        shared += np.bincount(numbers[band][labels.data[band] == axon], minlength=count + 1)
    return shared


def _add(first: LabelMap, closer: LabelMap, numbers: Numbers, number: int, around: Window, reach_px: int) -> None:
    """Add the fibre whose axon has a number, with the myelin that it reaches in the window around it."""
    ids, labels, before = numbers[around], closer.data[around], first.data[around]
    background, myelin = (closer.classes.value(name) for name in (BACKGROUND, MYELIN))
    distance, nearest = nearest_axons(myelin_ways(ids > 0, labels == myelin, labels != background), ids)
    is_own = (distance <= reach_px) & ((nearest == number) | (nearest == 0))  # 0: as near to another one
    added = (ids == number) | ((labels == myelin) & (before == background) & is_own)
    before[added] = labels[added]
