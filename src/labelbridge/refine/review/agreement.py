"""How well other paths agree with the axons of the masks."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, LabelMap, Numbers, count_pixels, count_shared_pixels, number_areas
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import along_cut

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
    areas, other_areas = count_pixels(axons, count), count_pixels(others, other_count)
    one, other, shared = count_shared_pixels(axons, others, other_count)
    best = np.zeros(count + 1)
    np.maximum.at(best, one, shared / (areas[one] + other_areas[other] - shared))
    is_cut = np.zeros(other_count + 1, np.bool_)
    is_cut[along_cut(others, window, path.shape)] = True
    return best[1:], np.unique(one[is_cut[other]])
