"""Brightness and contrast of an image's surroundings, measured once and read by bands of rows."""

import numpy as np
from scipy import ndimage

from labelbridge.core import ArrayPlane, FloatArray, Plane, bands

__all__ = ["LocalStatistics", "local_deviation"]

_BLOCKS_PER_SIGMA = 8
_MAX_BLOCK_PX = 64


class LocalStatistics:
    """Local mean and standard deviation of a plane in a Gaussian window.

    They change slowly, so they are kept for blocks of an eighth of the window and interpolated between: the cost does
    not grow with the window, nor the memory with the image.

    Parameters
    ----------
    plane
        (Y, X), float32, any range.
    window_px
        Sigma of the window. One wider than the image's longer side tells no more than one as wide.
    """

    def __init__(self, plane: Plane, window_px: float) -> None:
        sigma = min(window_px, float(max(plane.shape)))
        self._block = int(np.clip(sigma // _BLOCKS_PER_SIGMA, 1, _MAX_BLOCK_PX))
        self._width = plane.shape[1]
        mean, square = _block_means(plane, self._block)
        mean, square = (ndimage.gaussian_filter(one, sigma / self._block, mode="reflect") for one in (mean, square))
        self._mean = mean.astype(np.float32)
        self._deviation = np.sqrt(np.maximum(square - mean * mean, 0.0)).astype(np.float32)

    def rows(self, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of rows `start` to `stop`: each (Y, X), float32."""
        return self._at(self._mean, start, stop), self._at(self._deviation, start, stop)

    def _at(self, blocks: FloatArray, start: int, stop: int) -> FloatArray:
        if self._block == 1:
            return blocks[start:stop]
        scale = 1 / self._block
        offset = [(start + 0.5) * scale - 0.5, 0.5 * scale - 0.5]
        shape = (stop - start, self._width)
        out = ndimage.affine_transform(blocks, [scale] * 2, offset, output_shape=shape, order=1, mode="nearest")
        return np.asarray(out, np.float32)


def local_deviation(data: FloatArray, window_px: float) -> FloatArray:
    """Return the local standard deviation of an image (Y, X), as `LocalStatistics` measures it."""
    return LocalStatistics(ArrayPlane(data), window_px).rows(0, data.shape[0])[1]


def _block_means(plane: Plane, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of the intensities and of their squares in blocks (Y, X), float64; smaller ones at the ends."""
    height, width = plane.shape
    rows = max(block, next(bands(plane.shape)).stop // block * block)
    columns = np.arange(0, width, block)
    sums: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for band in bands(plane.shape, rows=rows):
        data = plane.rows(band.start, band.stop).astype(np.float64)
        lines = np.arange(0, len(data), block)
        for values, out in zip((data, data * data), sums, strict=True):
            out.append(np.add.reduceat(np.add.reduceat(values, lines, axis=0), columns, axis=1))
    heights = np.minimum(block, height - np.arange(0, height, block))
    counts = heights[:, None] * np.minimum(block, width - columns)[None]
    mean, square = (np.concatenate(parts) / counts for parts in sums)
    return mean, square
