"""How far the edges of an image moved in its translation, whatever became of its contrast.

The structure of an image is the complex field a = g^2 / |g| of its gradient g = I_x + i I_y: as strong as the edge, at
twice its angle, so that an edge from dark to bright and one from bright to dark are the same (Granlund, "In search of a
general picture processing operator", 1978). Small windows of the source's field are laid over the translation's at all
shifts d of some pixels, and compared by the normalised correlation

    c(d) = Re sum_x conj(a(x)) b(x + d) / sqrt(sum_x |a(x)|^2 sum_x |b(x + d)|^2).

The peak, refined by a parabola in each direction, is the window's displacement. Only windows count in which edges of
different directions meet (Shi and Tomasi, "Good features to track", CVPR 1994), since along a straight edge no shift
can be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft, ndimage

from labelbridge.core import FloatArray
from labelbridge.evaluate.translation.shapes import require_same_shape

__all__ = ["Displacements", "edge_displacements"]

_GRADIENT_SIGMA_PX = 1.5
_SATURATION_PERCENT = 95.0
_WINDOW_FIBRES = 0.5
_WINDOW_PX = (16, 40)
_REACH_PX = 6
_MIN_WEIGHT = 0.5
_MIN_CORRELATION = 0.3

_Field = NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Displacements:
    """Displacements of the windows of one image or of several.

    Attributes
    ----------
    lengths_px
        Displacement of each window whose edges were found again, axes (window,).
    windows
        Number of windows with edges in the source.
    """

    lengths_px: NDArray[np.float64]
    windows: int

    @property
    def median_px(self) -> float:
        """Median displacement; 6, as far as is looked, where no window's edges were found again."""
        return float(np.median(self.lengths_px)) if len(self.lengths_px) else float(_REACH_PX)

    @property
    def p95_px(self) -> float:
        """95th percentile of the displacement; 6 where no window's edges were found again."""
        return float(np.percentile(self.lengths_px, 95)) if len(self.lengths_px) else float(_REACH_PX)

    @property
    def found_again(self) -> float:
        """Part of the windows whose edges were found again within 6 px, 0 to 1; 0 where there is no window."""
        return len(self.lengths_px) / max(1, self.windows)

    @classmethod
    def total(cls, parts: Sequence[Self]) -> Self:
        """Put the windows of several images together."""
        return cls(np.concatenate([np.empty(0), *(one.lengths_px for one in parts)]), sum(one.windows for one in parts))


def edge_displacements(source: FloatArray, translated: FloatArray, fibre_px: float) -> Displacements:
    """Measure how far edges moved, up to 6 px, window by window.

    Parameters
    ----------
    source, translated
        Grey images of one shape, axes (Y, X), float32, any range and polarity.
    fibre_px
        Fibre diameter in px; windows are half as wide, 16 to 40 px.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(source.shape, translated.shape)
    side = int(np.clip(round(_WINDOW_FIBRES * fibre_px), *_WINDOW_PX))
    a, b = _structure(source), _structure(translated)
    corners = _corners(a, side)
    if not len(corners):
        return Displacements(np.empty(0), 0)
    correlations = _correlate(_cut(a, corners, side), _cut(b, corners - _REACH_PX, side + 2 * _REACH_PX))
    shifts = [shift for shift in map(_peak, correlations) if shift is not None]
    return Displacements(np.array([np.hypot(*shift) for shift in shifts]), len(corners))


def _structure(data: FloatArray) -> _Field:
    """Return g^2 / |g| of the gradient g, axes (Y, X), complex; the strongest 5 % of the edges are held to one |g|."""
    y, x = (ndimage.gaussian_filter(data, _GRADIENT_SIGMA_PX, order, mode="nearest") for order in ((1, 0), (0, 1)))
    g = x + 1j * y
    strength = np.abs(g)
    most = max(float(np.percentile(strength, _SATURATION_PERCENT)), 1e-9)
    return np.asarray(np.minimum(strength, most) / most * (g / np.maximum(strength, 1e-9)) ** 2, np.complex64)


def _corners(a: _Field, side: int) -> NDArray[np.intp]:
    """Return the upper left corners (window, 2) of overlapping windows in which edges of different directions meet.

    A window's weight is twice the smaller eigenvalue of its structure tensor, sum |a| - |sum a|; it counts where it has
    a good part of what the image's better windows have.
    """
    ends = [length - side - _REACH_PX for length in a.shape]
    grid = np.array(
        [(y, x) for y in range(_REACH_PX, ends[0], side // 2) for x in range(_REACH_PX, ends[1], side // 2)]
    )
    if not len(grid):
        return np.empty((0, 2), np.intp)
    windows = _cut(a, grid, side)
    weight = np.abs(windows).sum(axis=(1, 2)) - np.abs(windows.sum(axis=(1, 2)))
    least = _MIN_WEIGHT * np.percentile(weight, 90)
    return np.asarray(grid[(weight >= least) & (weight > 0)], np.intp)


def _cut(field: _Field, corners: NDArray[np.intp], side: int) -> _Field:
    """Return the squares at some corners, axes (window, Y, X)."""
    y, x = corners.T
    return np.asarray(sliding_window_view(field, (side, side))[y, x], np.complex64)


def _correlate(windows: _Field, around: _Field) -> NDArray[np.float32]:
    """Return c(d) of each window at shifts of -6 to 6 px: axes (window, dY, dX)."""
    shape = around.shape[1:]
    shifts = slice(None), slice(0, 2 * _REACH_PX + 1), slice(0, 2 * _REACH_PX + 1)
    ones = np.ones((1, *windows.shape[1:]), np.complex64)
    under = (fft.ifft2(fft.fft2(np.abs(around) ** 2) * fft.fft2(ones, shape).conj())[shifts]).real
    product = fft.ifft2(fft.fft2(around) * fft.fft2(windows, shape).conj())[shifts].real
    own = (np.abs(windows) ** 2).sum(axis=(1, 2), keepdims=True)
    return np.asarray(product / np.sqrt(np.maximum(own * under, 1e-9)), np.float32)


def _peak(correlation: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return where c(d) is highest, in px, or None where it nowhere is high or still rises at the reach's end."""
    y, x = (int(at) for at in np.unravel_index(correlation.argmax(), correlation.shape))
    inside = 0 < y < 2 * _REACH_PX and 0 < x < 2 * _REACH_PX
    if not inside or correlation[y, x] < _MIN_CORRELATION:
        return None
    along_y, along_x = correlation[y - 1 : y + 2, x], correlation[y, x - 1 : x + 2]
    return y - _REACH_PX + _vertex(along_y), x - _REACH_PX + _vertex(along_x)


def _vertex(values: NDArray[np.float32]) -> float:
    """Return where the parabola through values at -1, 0, 1 is highest."""
    before, at, after = (float(value) for value in values)
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
