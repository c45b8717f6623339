"""An axon lies in its myelin: what the probabilities say against that is mended before masks are made."""

import numpy as np
from scipy import ndimage

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, BoolArray, Prediction

__all__ = ["enclosed_axons"]

_MIN_ENCLOSED = 0.5


def enclosed_axons(prediction: Prediction) -> Prediction:
    """Give axons that are not enclosed by myelin to the background.

    An area of axon counts as enclosed where at least half of its border (that at the image's edge left aside) lies on
    myelin. Where it does not, axon and background trade their probabilities, so that masks and uncertainty agree.

    Parameters
    ----------
    prediction
        A prediction at the size where it was made.

    Returns
    -------
    Prediction
        The mended prediction; the same where nothing had to be mended.
    """
    labels = prediction.labels
    loose = _loose_areas(labels.mask(AXON), labels.mask(MYELIN))
    if not loose.any():
        return prediction
    axon, background = labels.classes.value(AXON), labels.classes.value(BACKGROUND)
    probabilities = prediction.probabilities.copy()
    probabilities[axon, loose] = prediction.probabilities[background, loose]
    probabilities[background, loose] = prediction.probabilities[axon, loose]
    return Prediction(probabilities, prediction.classes)


def _loose_areas(axon: BoolArray, myelin: BoolArray) -> BoolArray:
    """Return the axon areas (Y, X) whose border lies on myelin for less than half."""
    components, count = ndimage.label(axon)
    if count == 0:
        return np.zeros_like(axon)
    on_myelin, elsewhere = np.zeros(count + 1), np.zeros(count + 1)
    for axis in (0, 1):
        for shift in (1, -1):
            inner, outer = _neighbours(components, axis, shift), _neighbours(myelin, axis, -shift)
            leaves = (inner > 0) & (_neighbours(components, axis, -shift) == 0)
            on_myelin += np.bincount(inner[leaves & outer], minlength=count + 1)
            elsewhere += np.bincount(inner[leaves & ~outer], minlength=count + 1)
    enclosed = on_myelin / np.maximum(on_myelin + elsewhere, 1)
    loose = (enclosed < _MIN_ENCLOSED) & (on_myelin + elsewhere > 0)
    loose[0] = False
    return np.asarray(loose[components], np.bool_)


def _neighbours(data: AnyArray, axis: int, shift: int) -> AnyArray:
    """Return `data` without its last (shift 1) or first (shift -1) line along `axis`."""
    cut = slice(None, -1) if shift > 0 else slice(1, None)
    return data[(cut, slice(None)) if axis == 0 else (slice(None), cut)]
