"""Images of a look that the sample models do not know, with true masks; for tests of what learns from corrections."""

import numpy as np

from labelbridge.core import Image, LabelMap
from phantoms import make_sem
from phantoms.sem import SemLook

__all__ = ["dull_phantom"]

_LOOK = SemLook(
    axon=0.30,
    myelin=0.46,
    background=0.36,
    clutter=0.30,
    radius_px=11,
    blur_px=1.6,
    grain=0.09,
    shade=0.12,
    charging=8,
)
"""Dull, blurred and noisy: the tutored sample model finds little more than half of it."""


def dull_phantom(seed: int, side_px: int) -> tuple[Image, LabelMap]:
    """Return a square image and its true masks; no model was trained on any of them."""
    data, labels = make_sem(seed, (side_px, side_px), _LOOK)
    return Image(data.astype(np.float32), f"dull{seed}"), LabelMap(labels)
