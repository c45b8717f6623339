"""Whether a model is as sure as it is right: of the pixels it gives 80 %, four in five should be right.

The expected calibration error is that of Guo et al., On calibration of modern neural networks, ICML 2017, with bins of
equal width; with bins of equally many pixels it is the adaptive one of Nixon et al., Measuring calibration in deep
learning, CVPR workshops 2019.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import FloatArray, InputError, LabelArray

__all__ = ["Reliability", "measure_reliability"]

_BINS = 15


@dataclass(frozen=True, eq=False)
class Reliability:
    """Pixels in bins of rising confidence, which is the probability of the most probable class.

    Attributes
    ----------
    pixels
        How many pixels each bin has, (bin,), int64.
    confidence
        Their mean confidence, (bin,), float64, 0 to 1; 0 where there is none.
    accuracy
        Which part of them has the class that is the most probable one, (bin,), float64, 0 to 1; 0 where there is none.
    """

    pixels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: how far confidence and accuracy are apart in the mean of pixels."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.pixels))

    @property
    def overconfidence(self) -> float:
        """How much surer the model is than it is right in the mean of pixels, -1 to 1; below 0 it is too cautious."""
        return float(np.average(self.confidence - self.accuracy, weights=self.pixels))


def measure_reliability(
    probabilities: FloatArray, truth: LabelArray, *, bins: int = _BINS, adaptive: bool = False
) -> Reliability:
    """Sort pixels into bins by their confidence and see how many of each are right.

    Parameters
    ----------
    probabilities
        Of pixels, (class, pixel), float32, in [0, 1], summing to one over classes.
    truth
        The true class value of each pixel, (pixel,), uint8.
    bins
        Number of bins.
    adaptive
        Whether bins have equally many pixels; else each is as wide as the others, between 0 and 1.

    Raises
    ------
    InputError
        Where there is no pixel, or the numbers of pixels differ.
    """
    if not truth.size or probabilities.shape[1:] != truth.shape:
        raise InputError(
            f"got probabilities of {probabilities.shape[1:]} pixels for {truth.shape} true classes, expected one for "
            "each, and at least one."
        )
    confidence = probabilities.max(axis=0).astype(np.float64)
    is_right = probabilities.argmax(axis=0) == truth
    place = _equally_full(confidence, bins) if adaptive else np.minimum((confidence * bins).astype(np.int64), bins - 1)
    pixels = np.bincount(place, minlength=bins)
    sums = (np.bincount(place, weights=values, minlength=bins) for values in (confidence, is_right))
    return Reliability(pixels, *(total / np.maximum(pixels, 1) for total in sums))


def _equally_full(confidence: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """Return the bin of each pixel, where each bin gets as many of them."""
    place = np.empty(confidence.size, np.int64)
    place[np.argsort(confidence, kind="stable")] = np.arange(confidence.size) * bins // confidence.size
    return place
