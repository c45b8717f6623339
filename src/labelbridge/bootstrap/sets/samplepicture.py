"""Small pictures that show L and U at one scale: where fibres differ in size, the scale is wrong."""

import math

from labelbridge.core import FloatArray, Image, LabelArray, LabelMap, resample, resample_labels, scaled_shape
from labelbridge.translate.intensity import stretch

__all__ = ["SAMPLE_SIDE_PX", "sample_labels", "sample_picture"]

SAMPLE_SIDE_PX = 256
"""Most pixels of a picture's side."""

_FIBRE_PX = 48.0
_UNKNOWN_SIDE_PX = 2048


def sample_picture(image: Image, fibre_px: float | None) -> FloatArray:
    """Return the middle of an image, resampled.

    Parameters
    ----------
    image
        The image.
    fibre_px
        Fibre diameter in px, or None where it is unknown: the picture shows up to 2048 px of it then.

    Returns
    -------
    FloatArray
        (Y, X), at most `SAMPLE_SIDE_PX` a side, float32 in [0, 1].
    """
    middle, small = _cut(image.shape, fibre_px)
    return stretch(resample(image.data[middle], small))


def sample_labels(labels: LabelMap, fibre_px: float | None) -> LabelArray:
    """Return the classes of the part of an image that `sample_picture` shows: (Y, X), uint8."""
    middle, small = _cut(labels.shape, fibre_px)
    return resample_labels(labels.data[middle], small)


def _cut(shape: tuple[int, int], fibre_px: float | None) -> tuple[tuple[slice, slice], tuple[int, int]]:
    """Return the rows and columns that are shown, and the shape in which they are."""
    factor = _FIBRE_PX / fibre_px if fibre_px else SAMPLE_SIDE_PX / min(max(shape), _UNKNOWN_SIDE_PX)
    sides = [min(length, math.ceil(SAMPLE_SIDE_PX / factor)) for length in shape]
    top, left = ((length - side) // 2 for length, side in zip(shape, sides, strict=True))
    return (slice(top, top + sides[0]), slice(left, left + sides[1])), scaled_shape((sides[0], sides[1]), factor)
