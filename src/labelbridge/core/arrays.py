"""Names for the array types that travel between the rooms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["AnyArray", "BoolArray", "FloatArray", "LabelArray"]

AnyArray = NDArray[Any]
"""Any array, as it comes from a file."""

FloatArray = NDArray[np.float32]
"""32-bit floats: grey images (Y, X) and probabilities (C, Y, X)."""

LabelArray = NDArray[np.uint8]
"""Class values (Y, X), meaning given by a `ClassMap`."""

BoolArray = NDArray[np.bool_]
"""Masks (Y, X)."""
