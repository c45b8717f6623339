"""Connected areas of masks: numbers for them, how large they are, and what those of two masks share."""

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from labelbridge.core.arrays import AnyArray
from labelbridge.core.plane import bands
from labelbridge.core.scratch import scratch_array

__all__ = ["Numbers", "circle_diameter", "count_pixels", "count_shared_pixels", "number_areas"]

Numbers = NDArray[np.int32]
"""Numbers of areas, 1 to n, 0 elsewhere: axes (Y, X)."""

_Counts = NDArray[np.int64]


def number_areas(mask: AnyArray) -> tuple[Numbers, int]:
    """Give the areas of a mask numbers in reading order of their first pixels; those that touch by a corner are two.

    Parameters
    ----------
    mask
        (Y, X); all but 0 counts.

    Returns
    -------
    tuple
        Numbers, 1 to n, 0 elsewhere, (Y, X), int32, on the disk where they are many; and n.
    """
    from scipy import ndimage

    numbers = scratch_array(mask.shape, np.int32)
    return numbers, int(ndimage.label(mask, output=numbers))


def count_pixels(numbers: Numbers, count: int) -> _Counts:
    """Return the area in px² of each number from 0 to `count`, (count + 1,)."""
    areas = np.zeros(count + 1, np.int64)
    for band in bands((numbers.shape[0], numbers.shape[1])):
        areas += np.bincount(numbers[band].ravel(), minlength=count + 1)
    return areas


def count_shared_pixels(one: Numbers, other: Numbers, other_count: int) -> tuple[_Counts, _Counts, _Counts]:
    """Return all pairs of areas that share pixels, and how many.

    Parameters
    ----------
    one, other
        Numbers of the areas of two masks, one shape.
    other_count
        The highest number of `other`.

    Returns
    -------
    tuple
        Number in `one`, number in `other`, and shared pixels of each pair, (N,) each, sorted by the numbers.
    """
    pairs, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for band in bands((one.shape[0], one.shape[1])):
        both = (one[band] > 0) & (other[band] > 0)
        pair, times = np.unique(
            one[band][both].astype(np.int64) * (other_count + 1) + other[band][both], return_counts=True
        )
        pairs.append(pair)
        counts.append(times)
    pair, place = np.unique(np.concatenate(pairs), return_inverse=True)
    shared = np.bincount(place, np.concatenate(counts), len(pair)).astype(np.int64)
    at_one, at_other = np.divmod(pair, other_count + 1)
    return at_one, at_other, shared


@overload
def circle_diameter(area: float) -> float: ...


@overload
def circle_diameter(area: NDArray[Any]) -> NDArray[np.float64]: ...


def circle_diameter(area: float | NDArray[Any]) -> float | NDArray[np.float64]:
    """Return the diameter of the circle with an area, in the unit whose square the area has; of an array, of each."""
    diameter: float | NDArray[np.float64] = 2 * np.sqrt(area / np.pi)
    return diameter
