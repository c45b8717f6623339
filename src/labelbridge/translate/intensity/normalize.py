"""Bringing each image to a common range."""

from dataclasses import dataclass

import numpy as np

from labelbridge.core import FloatArray

__all__ = ["Stretch", "stretch"]

_LOW_PERCENT = 1.0
_HIGH_PERCENT = 99.0


@dataclass(frozen=True)
class Stretch:
    """Maps an image's 1st to 99th percentile to [0, 1] and clips; a flat image becomes 0.5.

    Attributes
    ----------
    low, high
        Intensities that become 0 and 1.
    """

    low: float
    high: float

    @classmethod
    def of(cls, values: FloatArray) -> "Stretch":
        """Measure intensities (any axes, any range)."""
        low, high = (float(value) for value in np.percentile(values, [_LOW_PERCENT, _HIGH_PERCENT]))
        return cls(low, high) if high > low else cls(float(values.min()), float(values.max()))

    def __call__(self, data: FloatArray) -> FloatArray:
        """Return intensities (any axes), float32, in [0, 1]."""
        if self.high <= self.low:
            return np.full(data.shape, 0.5, np.float32)
        return np.asarray(np.clip((data - self.low) / (self.high - self.low), 0.0, 1.0), np.float32)


def stretch(data: FloatArray) -> FloatArray:
    """Return an image (Y, X), stretched by its own percentiles: float32, in [0, 1]."""
    return Stretch.of(data)(data)
