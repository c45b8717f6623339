"""Whether bright and dark kept their meaning in a translation.

A cycle closes just as well when both translators exchange bright and dark, so no cycle can tell. The images themselves
can: where both modalities have axons of one shade, source and translation go up and down together, and where the
shades are opposite, they go against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from labelbridge.core import FloatArray, Polarity
from labelbridge.evaluate.translation.shapes import require_same_shape

__all__ = ["Agreement", "polarity_agreement"]

_FINE_FIBRES = 0.04
_WINDOW_FIBRES = 0.5
_STRUCTURED = 0.5

_Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """In how many windows of one image, or of several, source and translation correlate with the right sign."""

    right: int
    windows: int

    @property
    def fraction(self) -> float:
        """Part of the windows, 0 to 1; 0 where there is no window with structure."""
        return self.right / max(1, self.windows)

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """Put the windows of several images together."""
        counts = [(one.right, one.windows) for one in parts]
        return cls(sum(right for right, _ in counts), sum(windows for _, windows in counts))


def polarity_agreement(
    source: FloatArray,
    translated: FloatArray,
    source_polarity: Polarity,
    translated_polarity: Polarity,
    fibre_px: float,
) -> Agreement:
    """Count the windows, of about a fibre's size, in which a translation correlates with its source as it should.

    Parameters
    ----------
    source, translated
        Grey images of one shape, axes (Y, X), float32, any range.
    source_polarity, translated_polarity
        Shade of the axons in each: the correlation should be positive where they are the same, else negative.
    fibre_px
        Fibre diameter in px. Detail finer than a 25th of it is blurred away before; windows without half of the usual
        contrast of the source are left out.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(source.shape, translated.shape)
    fine, window = _FINE_FIBRES * fibre_px, _WINDOW_FIBRES * fibre_px
    a, b = (ndimage.gaussian_filter(data, fine, mode="nearest").astype(np.float64) for data in (source, translated))
    covariance, variance = _covariance(a, b, window), _covariance(a, a, window)
    structured = variance >= _STRUCTURED**2 * np.median(variance)
    right = covariance > 0 if source_polarity == translated_polarity else covariance < 0
    return Agreement(int(np.count_nonzero(right & structured)), int(np.count_nonzero(structured)))


def _covariance(a: _Numbers, b: _Numbers, window_px: float) -> _Numbers:
    """Return the covariance of two images in Gaussian windows half a window apart: axes (Y, X)."""
    every = slice(None, None, max(1, round(window_px / 2)))
    product, mean_a, mean_b = (
        ndimage.gaussian_filter(data, window_px / 2, mode="nearest")[every, every] for data in (a * b, a, b)
    )
    return np.asarray(product - mean_a * mean_b, np.float64)
