"""Bringing each image to a common range."""

import numpy as np

from labelbridge.core import FloatArray

__all__ = ["stretch"]


def stretch(data: FloatArray, low: float = 1.0, high: float = 99.0) -> FloatArray:
    """Map an image's `low`-th to `high`-th percentile to [0, 1] and clip; a flat image becomes 0.5.

    Parameters
    ----------
    data
        (Y, X), float32, any range.
    low, high
        Percentiles, 0 to 100.

    Returns
    -------
    FloatArray
        (Y, X), float32, in [0, 1].
    """
    bottom, top = np.percentile(data, [low, high])
    if top <= bottom:
        bottom, top = float(data.min()), float(data.max())
    if top <= bottom:
        return np.full(data.shape, 0.5, np.float32)
    return np.asarray(np.clip((data - bottom) / (top - bottom), 0.0, 1.0), np.float32)
