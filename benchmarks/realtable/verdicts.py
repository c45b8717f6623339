"""Which fibres of the masks are right, as a picture without a pixel of the image or of the truth."""

import numpy as np
from scipy import ndimage

from bestious import best_ious
from labelbridge.core import (
    AXON,
    MYELIN,
    LabelArray,
    LabelMap,
    number_areas,
)
from labelbridge.evaluate.fibres import MIN_IOU

__all__ = ["draw_verdict"]

_PAPER, _MYELIN, _FOUND, _INVENTED, _MISSED = (
    (255, 255, 255),
    (170, 175, 185),
    (60, 150, 90),
    (205, 70, 60),
    (40, 80, 190),
)
_CROSS = np.array([(0, 0), *((step, step) for step in (-2, -1, 1, 2)), *((step, -step) for step in (-2, -1, 1, 2))])


def draw_verdict(labels: LabelMap, truth: LabelMap, enlarged: int = 1) -> LabelArray:
    """Return the masks with their axons in colours: found green, invented red; missed fibres are blue crosses.

    Parameters
    ----------
    labels, truth
        Predicted and true masks of one shape.
    enlarged
        Side of a pixel of the masks in px of the picture.

    Returns
    -------
    LabelArray
        (Y, X, RGB), uint8.
    """
    predicted, count = number_areas(labels.mask(AXON))
    true, true_count = number_areas(truth.mask(AXON))
    best, true_best = best_ious(predicted, count, true, true_count)
    picture = np.full((*labels.shape, 3), _PAPER, np.uint8)
    picture[labels.mask(MYELIN)] = _MYELIN
    picture[predicted > 0] = _INVENTED
    picture[(predicted > 0) & (best[predicted] >= MIN_IOU)] = _FOUND
    picture = picture.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    missed = np.flatnonzero(true_best < MIN_IOU)
    for centre in ndimage.center_of_mass(true > 0, true, missed):
        rows, columns = (np.round((np.array(centre) + 0.5) * enlarged).astype(int) + _CROSS).T
        inside = (0 <= rows) & (rows < picture.shape[0]) & (0 <= columns) & (columns < picture.shape[1])
        picture[rows[inside], columns[inside]] = _MISSED
    return picture
