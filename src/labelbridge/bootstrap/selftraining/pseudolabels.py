"""Which pixels of a model's own masks can be trusted to learn from: those of whole fibres, and certain background.

Fibres are taken or left as a whole: pixels that were chosen by their certainty alone would be the easy ones, so that
the next model learnt thin rings and small axons.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from labelbridge.core import (
    AXON,
    BACKGROUND,
    MYELIN,
    BoolArray,
    ClassMap,
    FloatArray,
    LabelArray,
    Numbers,
    most_probable,
    myelin_ways,
    nearest_axons,
    number_areas,
)

__all__ = ["trusted_pixels"]

_CERTAIN = 0.8
"""Least probability of background pixels, and mean probability of an axon's."""

_STEADY = 0.8, 0.85, 0.75
"""Least part of the views that agree, of background pixels, and in the mean of an axon's and of its myelin's."""

_STEADY_RING_PIXEL = 0.5
_CLOSED = 0.9
"""Least part of an axon's outline that lies on myelin."""

_LEAST_PX2 = 30
_G_RATIOS = 0.3, 0.95
_REACH = 3.0
"""How far from an axon its myelin may be, in square roots of the axon's area."""

_Means = NDArray[np.float64]


def trusted_pixels(probabilities: FloatArray, views: Sequence[FloatArray], classes: ClassMap) -> BoolArray:
    """Return which pixels of the most probable classes can be learnt from.

    A fibre counts where the model is sure of its axon, views of the image at other sizes agree on axon and myelin, the
    ring is closed, and the g-ratio is possible; background where it is certain and views agree; nothing else.

    Parameters
    ----------
    probabilities
        Mean over the views: (class, Y, X), float32, in [0, 1], summing to one over classes.
    views
        Those of each view, of the same shape.
    classes
        Names of the classes; axon and myelin are among them.

    Returns
    -------
    BoolArray
        Axes (Y, X).
    """
    labels, certainty = most_probable(probabilities), probabilities.max(axis=0)
    steadiness = np.mean([most_probable(view) == labels for view in views], axis=0)
    is_background = labels == classes.value(BACKGROUND)
    trusted = is_background & (certainty >= _CERTAIN) & (steadiness >= _STEADY[0])
    axons, count = number_areas(labels == classes.value(AXON))
    rings = _rings(axons, labels, classes)
    sound = _sound(axons, rings, count, certainty, steadiness)
    trusted |= sound[axons] | (sound[rings] & (steadiness >= _STEADY_RING_PIXEL))
    return np.asarray(trusted, np.bool_)


def _rings(axons: Numbers, labels: LabelArray, classes: ClassMap) -> Numbers:
    """Return whose myelin each pixel is: the number of its axon, 0 elsewhere, (Y, X)."""
    myelin = labels == classes.value(MYELIN)
    way = myelin_ways(axons > 0, myelin, labels != classes.value(BACKGROUND))
    distance_px, owners = nearest_axons(way, axons)
    reach_px = _REACH * np.sqrt(np.bincount(axons.ravel()))
    return np.asarray(np.where(myelin & (distance_px <= reach_px[owners]), owners, 0), np.int32)


def _sound(axons: Numbers, rings: Numbers, count: int, certainty: FloatArray, steadiness: _Means) -> BoolArray:
    """Return by number whether a fibre can be trusted; number 0 cannot."""
    axon_px2, ring_px2 = (np.bincount(numbers.ravel(), minlength=count + 1) for numbers in (axons, rings))
    g_ratio = np.sqrt(axon_px2 / np.maximum(1, axon_px2 + ring_px2))
    sound = (
        (axon_px2 >= _LEAST_PX2)
        & (_G_RATIOS[0] <= g_ratio)
        & (g_ratio <= _G_RATIOS[1])
        & (_closedness(axons, rings, count) >= _CLOSED)
        & (_means(certainty, axons, axon_px2) >= _CERTAIN)
        & (_means(steadiness, axons, axon_px2) >= _STEADY[1])
        & (_means(steadiness, rings, ring_px2) >= _STEADY[2])
    )
    sound[0] = False
    return np.asarray(sound, np.bool_)


def _means(values: NDArray[np.floating], numbers: Numbers, px2: NDArray[np.int64]) -> _Means:
    """Return the mean of values by number."""
    sums = np.bincount(numbers.ravel(), weights=values.ravel(), minlength=len(px2))
    return np.asarray(sums / np.maximum(1, px2), np.float64)


def _closedness(axons: Numbers, rings: Numbers, count: int) -> _Means:
    """Return by number how much of an axon's outline lies on its own myelin; what the image cuts off does not count."""
    around = np.where(axons == 0, ndimage.grey_dilation(axons, footprint=np.ones((3, 3), np.bool_)), 0)
    outline = np.bincount(around.ravel(), minlength=count + 1)
    on_myelin = np.bincount(around[rings > 0], minlength=count + 1)
    return np.asarray(on_myelin / np.maximum(1, outline), np.float64)
