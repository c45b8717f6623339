"""How well other paths agree with the axons of the masks."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, LabelMap, bands
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import along_cut
from labelbridge.refine.review.numbering import number_areas
from labelbridge.refine.review.territory import Numbers

__all__ = ["best_matches"]


def best_matches(
    axons: Numbers, count: int, path: LabelMap, window: Window
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Compare the axons of a window with those of another path.

    Parameters
    ----------
    axons
        Numbers of the axons in the window.
    count
        The highest number.
    path
        Masks of the other path, of the whole image.
    window
        Rows and columns.

    Returns
    -------
    tuple
        For each axon, (N,), its IoU with the area of the other path that fits it best, 0 to 1; and the numbers of
        axons that share pixels with an area that goes on beyond the window.
    """
    others, other_count = number_areas(path.data[window] == path.classes.value(AXON))
    areas, other_areas = _areas(axons, count), _areas(others, other_count)
    one, other, shared = _overlaps(axons, others, other_count)
    best = np.zeros(count + 1)
    np.maximum.at(best, one, shared / (areas[one] + other_areas[other] - shared))
    is_cut = np.zeros(other_count + 1, np.bool_)
    is_cut[along_cut(others, window, path.shape)] = True
    return best[1:], np.unique(one[is_cut[other]])


def _areas(numbers: Numbers, count: int) -> NDArray[np.int64]:
    areas = np.zeros(count + 1, np.int64)
    for band in bands((numbers.shape[0], numbers.shape[1])):
        areas += np.bincount(numbers[band].ravel(), minlength=count + 1)
    return areas


def _overlaps(
    axons: Numbers, others: Numbers, other_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of numbers that share pixels, and how many."""
    pairs, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for band in bands((axons.shape[0], axons.shape[1])):
        both = (axons[band] > 0) & (others[band] > 0)
        pair, times = np.unique(
            axons[band][both].astype(np.int64) * (other_count + 1) + others[band][both], return_counts=True
        )
        pairs.append(pair)
        counts.append(times)
    pair, place = np.unique(np.concatenate(pairs), return_inverse=True)
    shared = np.bincount(place, np.concatenate(counts), len(pair)).astype(np.int64)
    one, other = np.divmod(pair, other_count + 1)
    return one, other, shared
