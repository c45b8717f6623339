"""Resampling between scales, always back to exactly the shape asked for."""

import math

import numpy as np
from scipy import ndimage

from labelbridge.core.arrays import FloatArray, LabelArray
from labelbridge.core.plane import ArrayPlane, Plane, bands
from labelbridge.core.scratch import scratch_array

__all__ = ["ResampledPlane", "resample", "resample_labels", "scaled_shape"]

_TRUNCATE = 4.0
"""The Gaussian ends after so many sigmas."""


def scaled_shape(shape: tuple[int, int], factor: float) -> tuple[int, int]:
    """Return the (height, width) of an image of `shape` resampled by `factor`, at least 1 px a side."""
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


class ResampledPlane:
    """A plane at another size, with a Gaussian before shrinking so that nothing aliases.

    Linear interpolation at pixel centres, edges repeated. Rows are computed when they are asked for, from no more rows
    of the source than they need, and are the same whichever band they are asked for in.

    Parameters
    ----------
    source
        The plane to resample.
    shape
        Height and width wanted.
    """

    def __init__(self, source: Plane, shape: tuple[int, int]) -> None:
        self._source = source
        self._shape = shape
        self._ratios = tuple(old / new for old, new in zip(source.shape, shape, strict=True))
        self._sigmas = tuple(max(0.0, (ratio - 1) / 2) for ratio in self._ratios)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return self._shape

    def rows(self, start: int, stop: int) -> FloatArray:
        """Compute rows `start` to `stop`."""
        if self._shape == self._source.shape:
            return self._source.rows(start, stop)
        first, last = self._needed(start, stop)
        data = self._source.rows(first, last)
        if max(self._sigmas) > 0:
            data = ndimage.gaussian_filter(data, self._sigmas, mode="nearest", truncate=_TRUNCATE)
        offset = [(start + 0.5) * self._ratios[0] - 0.5 - first, (self._ratios[1] - 1) / 2]
        shape = (stop - start, self._shape[1])
        out = ndimage.affine_transform(data, self._ratios, offset=offset, output_shape=shape, order=1, mode="nearest")
        return np.asarray(out, np.float32)

    def _needed(self, start: int, stop: int) -> tuple[int, int]:
        """Return the rows of the source on which rows `start` to `stop` depend."""
        ratio, sigma = self._ratios[0], self._sigmas[0]
        halo = int(_TRUNCATE * sigma + 0.5) + 1
        first = math.floor((start + 0.5) * ratio - 0.5) - halo
        last = math.ceil((stop - 0.5) * ratio - 0.5) + halo + 1
        return max(0, first), min(self._source.shape[0], last)


def resample(data: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample a plane to `shape` as `ResampledPlane` does.

    Parameters
    ----------
    data
        (Y, X), float32, any range.
    shape
        Height and width wanted.

    Returns
    -------
    FloatArray
        (Y, X) of exactly `shape`; on disk where it is large.
    """
    if data.shape == shape:
        return data
    plane = ResampledPlane(ArrayPlane(data), shape)
    out = scratch_array(shape, np.float32)
    rows = next(bands((data.shape[0], max(data.shape[1], shape[1])))).stop
    for band in bands(shape, rows=max(1, round(rows * min(1.0, shape[0] / data.shape[0])))):
        out[band] = plane.rows(band.start, band.stop)
    return out


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
