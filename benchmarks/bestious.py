"""Which areas of two masks are the same: the best IoU of each."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import Numbers, count_pixels, count_shared_pixels

__all__ = ["best_ious"]


def best_ious(
    one: Numbers, one_count: int, other: Numbers, other_count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each area of two masks its best IoU with one of the other's; that of number 0 is 1.

    Parameters
    ----------
    one, other
        Numbers of the areas, one shape, (Y, X), int32.
    one_count, other_count
        The highest numbers.
    """
    at_one, at_other, shared_px = count_shared_pixels(one, other, other_count)
    union_px = count_pixels(one, one_count)[at_one] + count_pixels(other, other_count)[at_other] - shared_px
    best, other_best = np.zeros(one_count + 1), np.zeros(other_count + 1)
    np.maximum.at(best, at_one, shared_px / union_px)
    np.maximum.at(other_best, at_other, shared_px / union_px)
    best[0] = other_best[0] = 1
    return best, other_best
