"""Numbers for the connected areas of a mask."""

import numpy as np

from labelbridge.core import AnyArray, scratch_array
from labelbridge.refine.review.territory import Numbers

__all__ = ["number_areas"]


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
