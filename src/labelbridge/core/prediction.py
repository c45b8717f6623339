"""What a path returns."""

from dataclasses import dataclass

import numpy as np

from labelbridge.core.arrays import FloatArray
from labelbridge.core.labels import AXON_MYELIN, ClassMap, LabelMap

__all__ = ["Prediction"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Class probabilities of one image and what follows from them.

    Attributes
    ----------
    probabilities
        Axes (class, Y, X), float32, in [0, 1], summing to one over classes; the image's own shape.
    classes
        Names of the first axis.
    """

    probabilities: FloatArray
    classes: ClassMap = AXON_MYELIN

    @property
    def labels(self) -> LabelMap:
        """The most probable class of each pixel."""
        return LabelMap(self.probabilities.argmax(axis=0).astype(np.uint8), self.classes)

    @property
    def uncertainty(self) -> FloatArray:
        """Entropy of the class probabilities over its maximum log(C): (Y, X), float32, 0 certain to 1 undecided."""
        p = np.clip(self.probabilities, 1e-7, 1.0)
        entropy = -(p * np.log(p)).sum(axis=0) / np.log(len(self.classes))
        return np.asarray(np.clip(entropy, 0.0, 1.0), np.float32)
