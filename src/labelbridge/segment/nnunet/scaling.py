"""The one way in which intensities reach the network, in training and in prediction."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import FloatArray

__all__ = ["standardized", "to_network_range"]

_MARGIN = 0.25
"""How far beyond the 1st and 99th percentile values are kept, in units of their distance."""


def to_network_range(data: FloatArray) -> NDArray[np.uint16]:
    """Scale an image by its 1st and 99th percentile and clip what lies far outside.

    Parameters
    ----------
    data
        (Y, X), float32, any range.

    Returns
    -------
    NDArray[np.uint16]
        (Y, X), uint16 in [1, 65535]: never 0, which nnU-Net would crop away as empty. A flat image becomes 1.
    """
    low, high = np.percentile(data, (1, 99))
    span = float(high - low)
    if span <= 0:
        low, span = float(data.min()), float(np.ptp(data))
    if span <= 0:
        return np.ones(data.shape, np.uint16)
    unit = np.clip((data - low) / span, -_MARGIN, 1 + _MARGIN)
    return np.asarray(np.rint(1 + (unit + _MARGIN) / (1 + 2 * _MARGIN) * 65534), np.uint16)


def standardized(data: FloatArray) -> FloatArray:
    """Return what the network sees of an image: `to_network_range`, then mean 0 and standard deviation 1 (Y, X)."""
    scaled = to_network_range(data).astype(np.float32)
    scaled -= scaled.mean(dtype=np.float64)
    scaled /= max(float(scaled.std(dtype=np.float64)), 1e-8)
    return scaled
