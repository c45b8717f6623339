"""What a path returns."""

from dataclasses import dataclass

import numpy as np

from labelbridge.core.arrays import FloatArray, LabelArray
from labelbridge.core.labels import LabelMap

__all__ = ["Prediction", "most_probable", "uncertainty_of"]

_TINY = 1e-7
_DECIMALS = 3


@dataclass(frozen=True, eq=False)
class Prediction:
    """The classes of one image and how sure they are.

    Attributes
    ----------
    labels
        The most probable class of each pixel; the image's own shape.
    uncertainty
        As `uncertainty_of` gives it: (Y, X), float32, 0 certain to 1 undecided.
    """

    labels: LabelMap
    uncertainty: FloatArray


def most_probable(probabilities: FloatArray) -> LabelArray:
    """Return the class value (Y, X), uint8, of the largest of the probabilities (class, Y, X)."""
    return np.asarray(probabilities.argmax(axis=0), np.uint8)


def uncertainty_of(probabilities: FloatArray) -> FloatArray:
    """Return the entropy of class probabilities over its maximum log(C).

    Parameters
    ----------
    probabilities
        (class, Y, X), float32, in [0, 1], summing to one over classes.

    Returns
    -------
    FloatArray
        (Y, X), float32, 0 certain to 1 undecided, in steps of 0.001: finer ones say nothing and take room.
    """
    p = np.clip(probabilities, _TINY, 1.0)
    entropy = -(p * np.log(p)).sum(axis=0) / np.log(len(p))
    return np.asarray(np.round(np.clip(entropy, 0.0, 1.0), _DECIMALS), np.float32)
