"""Resampling between scales, always back to exactly the shape asked for."""

import numpy as np
from scipy import ndimage

from labelbridge.core.arrays import FloatArray, LabelArray

__all__ = ["resample", "resample_labels", "scaled_shape"]


def scaled_shape(shape: tuple[int, int], factor: float) -> tuple[int, int]:
    """Return the (height, width) of an image of `shape` resampled by `factor`, at least 1 px a side."""
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def resample(data: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample a plane to `shape`, with a Gaussian before shrinking so that nothing aliases.

    Parameters
    ----------
    data
        (Y, X), float32, any range.
    shape
        Height and width wanted.

    Returns
    -------
    FloatArray
        (Y, X) of exactly `shape`; linear interpolation at pixel centres, edges repeated.
    """
    if data.shape == shape:
        return data
    ratios = [old / new for old, new in zip(data.shape, shape, strict=True)]
    sigmas = [max(0.0, (ratio - 1) / 2) for ratio in ratios]
    smooth = ndimage.gaussian_filter(data, sigmas, mode="nearest") if max(sigmas) > 0 else data
    out = ndimage.affine_transform(
        smooth, ratios, offset=[(r - 1) / 2 for r in ratios], output_shape=shape, order=1, mode="nearest"
    )
    return np.asarray(out, np.float32)


def resample_labels(labels: LabelArray, shape: tuple[int, int]) -> LabelArray:
    """Resample class values (Y, X) to `shape`: each class is resampled as an area, the largest wins."""
    if labels.shape == shape:
        return labels
    best = np.full(shape, -1.0, np.float32)
    out = np.zeros(shape, np.uint8)
    for value in np.unique(labels):
        area = resample((labels == value).astype(np.float32), shape)
        wins = area > best
        out[wins] = value
        best[wins] = area[wins]
    return out
