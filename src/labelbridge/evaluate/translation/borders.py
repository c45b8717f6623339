"""How well the borders of masks lie on the edges of their image, without a truth."""

import numpy as np
from scipy import ndimage

from labelbridge.core import MYELIN, FloatArray, LabelMap, Polarity, resample_labels
from labelbridge.evaluate.translation.rings import shade_of
from labelbridge.evaluate.translation.shapes import require_same_shape

__all__ = ["border_agreement"]

_BLUR_PX = 1.0
_TINY = 1e-9


def border_agreement(labels: LabelMap, data: FloatArray, polarity: Polarity, fibre_px: float) -> float:
    """Return the correlation of an image's gradient with that of the myelin's mask.

    With the gradients g of the image, in which axons were made dark, and n of the mask, slightly blurred as the image
    is:

        sum(g . n) / sqrt(sum |g|^2 sum |n|^2).

    Borders that are shifted, edges without a border and borders without an edge make it small; where bright and dark
    are exchanged it is negative.

    Parameters
    ----------
    labels
        The masks.
    data
        Grey image of the masks' shape, axes (Y, X), float32, any range.
    polarity
        Shade of its axons.
    fibre_px
        Fibre diameter in px.

    Returns
    -------
    float
        -1 to 1; 0 where either has no edge.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(labels.shape, data.shape)
    shade = shade_of(data, polarity, fibre_px)
    small = LabelMap(resample_labels(labels.data, (shade.shape[0], shade.shape[1])), labels.classes)
    myelin = ndimage.gaussian_filter(small.mask(MYELIN).astype(np.float32), _BLUR_PX, mode="nearest")
    g, n = np.asarray(np.gradient(shade)), np.asarray(np.gradient(myelin))
    norm = float(np.sqrt((g**2).sum() * (n**2).sum()))
    return float((g * n).sum()) / norm if norm > _TINY else 0.0
