"""The picture that shows an image and what was found in it."""

import numpy as np

from labelbridge.core import ArrayPlane, BoolArray, Image, LabelArray, LabelMap, ResampledPlane, bands, scaled_shape
from labelbridge.io.colours import class_colours

__all__ = ["draw_overlay"]

_FILL = 0.38
_STRETCH_PERCENT = (1.0, 99.0)
_PX_PER_LINE = 1500
_MAX_SIDE_PX = 4096


def draw_overlay(image: Image, labels: LabelMap) -> LabelArray:
    """Draw classes over the image: axon blue, myelin red, see-through areas within opaque outlines.

    A picture is to be looked at: images with a side above 4,096 px are drawn smaller.

    Parameters
    ----------
    image
        Shown from its 1st to its 99th percentile.
    labels
        Of the image's shape.

    Returns
    -------
    LabelArray
        (Y, X, RGB), uint8; of the image's shape, or smaller as said.
    """
    image, labels = _small(image, labels)
    picture = np.repeat(_stretch(image)[..., None], 3, axis=2)
    line = max(1, round(max(image.shape) / _PX_PER_LINE))
    for name, rgb in class_colours(labels.classes).items():
        mask = labels.mask(name)
        colour = np.asarray(rgb, np.float32)
        picture[mask] += _FILL * (colour - picture[mask])
        picture[mask & ~_inner(mask, line)] = colour
    return np.round(picture).astype(np.uint8)


def _small(image: Image, labels: LabelMap) -> tuple[Image, LabelMap]:
    """Return every so many-th pixel of both where they are large."""
    step = -(-max(image.shape) // _MAX_SIDE_PX)
    if step == 1:
        return image, labels
    shape = scaled_shape(image.shape, 1 / step)
    small = ResampledPlane(ArrayPlane(image.data), shape)
    data = np.concatenate([small.rows(band.start, band.stop) for band in bands(shape, rows=64)])
    at = [
        np.minimum((np.arange(new) + 0.5) * old / new, old - 1).astype(int)
        for old, new in zip(image.shape, shape, strict=True)
    ]
    return image.with_data(data), LabelMap(labels.data[np.ix_(*at)], labels.classes)


def _stretch(image: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the image from 0 to 255; even grey where it holds one value only."""
    low, high = np.percentile(image.data, _STRETCH_PERCENT)
    if high <= low:
        return np.full(image.shape, 128, np.float32)
    return np.asarray(np.clip((image.data - low) / (high - low), 0, 1) * 255, np.float32)


def _inner(mask: BoolArray, steps: int) -> BoolArray:
    """Return the mask without its outermost pixels; the image's border is no outline."""
    inner = mask
    for _ in range(steps):
        padded = np.pad(inner, 1, mode="edge")
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inner
