"""What a path returns."""

from dataclasses import dataclass

import numpy as np

from labelbridge.core.arrays import FloatArray, LabelArray
from labelbridge.core.labels import LabelMap

__all__ = ["Prediction", "most_probable", "tempered", "uncertainty_of"]

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
        As `uncertainty_of` gives it, of probabilities at the model's temperature and of the classes that the image may
        have: (Y, X), float32, 0 certain to 1 undecided.
    """

    labels: LabelMap
    uncertainty: FloatArray


def most_probable(probabilities: FloatArray) -> LabelArray:
    """Return the class value (Y, X), uint8, of the largest of the probabilities (class, Y, X)."""
    return np.asarray(probabilities.argmax(axis=0), np.uint8)


def tempered(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return the probabilities that a softmax gives of the same logits divided by a temperature (Guo et al. 2017).

    They are the powers 1 / temperature of those given, over their sum, so the most probable class stays the same.

    Parameters
    ----------
    probabilities
        (class, ...), float32, in [0, 1], summing to one over classes.
    temperature
        Above 1 where the model is surer than it is right, below 1 where it is less sure; 1 changes nothing.

    Returns
    -------
    FloatArray
        The same shape, float32, in [0, 1], summing to one over classes.
    """
    if temperature == 1:
        return probabilities
    largest = np.maximum(probabilities.max(axis=0, keepdims=True), _TINY)
    powers = (probabilities / largest) ** np.float32(1 / temperature)
    return np.asarray(powers / np.maximum(powers.sum(axis=0, keepdims=True), _TINY), np.float32)


def uncertainty_of(probabilities: FloatArray) -> FloatArray:
    """Return the entropy of class probabilities over its maximum log(C).

    Parameters
    ----------
    probabilities
        (class, Y, X), float32, in [0, 1], summing to one over classes.

    Returns
    -------
    FloatArray
        (Y, X), float32, 0 certain to 1 undecided, in steps of 0.001: finer ones say nothing and take room. All 0 where
        there is but one class.
    """
    if len(probabilities) == 1:
        return np.zeros(probabilities.shape[1:], np.float32)
    p = np.clip(probabilities, _TINY, 1.0)
    entropy = -(p * np.log(p)).sum(axis=0) / np.log(len(p))
    return np.asarray(np.round(np.clip(entropy, 0.0, 1.0), _DECIMALS), np.float32)
