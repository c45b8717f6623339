"""Spots of the image that look like the axons of its fibres, whatever the masks say of them."""

from typing import NamedTuple

import numpy as np

from labelbridge.core import AnyArray, BoolArray, FloatArray
from labelbridge.refine.review.measures import ellipses
from labelbridge.refine.review.tiles import MARGIN_PX

__all__ = ["REACH_PX", "AreaLimits", "SpotLook", "spot_depths"]

AreaLimits = tuple[float, float]
"""Smallest and largest area of a missed axon in px²."""

_BLUR_PX = 1.0
"""Standard deviation of the Gaussian that the image is smoothed by."""

REACH_PX = MARGIN_PX + 4
"""The depth of a pixel depends on nothing that is farther away; the Gaussian ends after four deviations."""

_LEVELS = 10


class SpotLook(NamedTuple):
    """What axons look like in an image."""

    axon_grey: float
    """Intensity of its axons, in the image's units."""

    myelin_grey: float
    """Intensity of the myelin around them, another one."""

    limits: AreaLimits
    """Sizes to look for."""

    least_fill: float
    """Area over that of the ellipse with the same second moments, from which a shape is round enough."""

    least_depth: float
    """Depth from which a spot is a place to look at, 0 to 1."""


def spot_depths(image: FloatArray, taken: BoolArray, look: SpotLook) -> FloatArray:
    """Return how deep the spots of an image lie in what is around them.

    Spots are dark where axons are darker than their myelin, else bright. Ten levels divide that contrast. At each of
    them, what lies on the axons' side falls apart into areas; those that are as large and round as an axon are spots.
    The depth is the share of the levels at which a pixel is in a spot: much for a round axon in a closed ring, little
    for what runs out into its surroundings. Linear changes of the intensities, an inversion among them, change nothing.

    Parameters
    ----------
    image
        Intensities (Y, X), float32, any unit.
    taken
        Where no spot can be, (Y, X): one that reaches there is none.
    look
        What to look for.

    Returns
    -------
    FloatArray
        (Y, X), 0 to 1; 0 beside the spots.
    """
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(image, _BLUR_PX)
    towards_myelin = (smooth - look.axon_grey) / (look.myelin_grey - look.axon_grey)
    count = np.zeros(image.shape, np.float32)
    for level in (np.arange(_LEVELS) + 1 / 2) / _LEVELS:
        count += _spots(towards_myelin < level, taken, look)
    return count / np.float32(_LEVELS)


def _spots(mask: BoolArray, taken: BoolArray, look: SpotLook) -> BoolArray:
    """Return the areas of a mask that are as large and round as an axon, and are not taken."""
    from scipy import ndimage

    areas, count = ndimage.label(mask)
    sizes = np.bincount(areas.ravel(), minlength=count + 1)
    fits = (sizes >= look.limits[0]) & (sizes <= look.limits[1])
    fits[areas[taken]] = False
    fits[0] = False
    parts = ndimage.find_objects(areas)
    for number in np.flatnonzero(fits):
        fits[number] = max(cut.stop - cut.start for cut in parts[number - 1]) <= MARGIN_PX
    at = np.nonzero(fits[areas])
    numbers, (rows, columns) = areas[at], (axis.astype(np.float64) for axis in at)
    terms: tuple[AnyArray | None, ...] = (None, rows, columns, rows**2, columns**2, rows * columns)
    sums = np.array([np.bincount(numbers, term, count + 1)[fits] for term in terms], np.float64)
    fits[fits] = ellipses(sums)[0] >= look.least_fill
    return np.asarray(fits[areas], np.bool_)
