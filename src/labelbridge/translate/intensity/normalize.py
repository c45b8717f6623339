"""Bringing each image to a common range."""

from dataclasses import dataclass

import numpy as np

from labelbridge.core import FloatArray

__all__ = ["Stretch", "centred", "stretch"]

_LOW_PERCENT = 1.0
_HIGH_PERCENT = 99.0
_LARGEST_GAMMA = 2.5


@dataclass(frozen=True)
class Stretch:
    """Maps an image's 1st to 99th percentile to [0, 1] and clips; a flat image becomes 0.5.

    Attributes
    ----------
    low, high
        Intensities that become 0 and 1.
    gamma
        Exponent that the result is raised to.
    """

    low: float
    high: float
    gamma: float = 1.0

    @classmethod
    def of(cls, values: FloatArray) -> "Stretch":
        """Measure intensities (any axes, any range)."""
        low, high = (float(value) for value in np.percentile(values, [_LOW_PERCENT, _HIGH_PERCENT]))
        return cls(low, high) if high > low else cls(float(values.min()), float(values.max()))

    @classmethod
    def centred_of(cls, values: FloatArray) -> "Stretch":
        """Measure intensities so that their median becomes 0.5 as well, by a gamma of 0.4 to 2.5."""
        plain = cls.of(values)
        median = float(np.clip(np.median(plain(values)), 1e-3, 1 - 1e-3))
        gamma = float(np.clip(np.log(0.5) / np.log(median), 1 / _LARGEST_GAMMA, _LARGEST_GAMMA))
        return cls(plain.low, plain.high, gamma)

    def __call__(self, data: FloatArray) -> FloatArray:
        """Return intensities (any axes), float32, in [0, 1]."""
        if self.high <= self.low:
            return np.full(data.shape, 0.5, np.float32)
        unit = np.asarray(np.clip((data - self.low) / (self.high - self.low), 0.0, 1.0), np.float32)
        return unit if self.gamma == 1 else unit**self.gamma


def stretch(data: FloatArray) -> FloatArray:
    """Return an image (Y, X), stretched by its own percentiles: float32, in [0, 1]."""
    return Stretch.of(data)(data)


def centred(data: FloatArray) -> FloatArray:
    """Return an image (Y, X), stretched, its median at 0.5: float32, in [0, 1]."""
    return Stretch.centred_of(data)(data)
