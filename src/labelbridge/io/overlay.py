"""The picture that shows an image and what was found in it."""

import numpy as np

from labelbridge.core import AXON, MYELIN, BoolArray, Image, LabelArray, LabelMap

__all__ = ["draw_overlay"]

_COLOURS = {AXON: (38, 120, 255), MYELIN: (235, 48, 58)}
_MORE_COLOURS = ((255, 190, 40), (60, 190, 110), (170, 90, 230), (60, 200, 210))
_FILL = 0.38
_STRETCH_PERCENT = (1.0, 99.0)
_PX_PER_LINE = 1500


def draw_overlay(image: Image, labels: LabelMap) -> LabelArray:
    """Draw classes over the image: axon blue, myelin red, see-through areas within opaque outlines.

    Parameters
    ----------
    image
        Shown from its 1st to its 99th percentile.
    labels
        Of the image's shape.

    Returns
    -------
    LabelArray
        (Y, X, RGB), uint8.
    """
    picture = np.repeat(_stretch(image)[..., None], 3, axis=2)
    line = max(1, round(max(image.shape) / _PX_PER_LINE))
    further = (name for name in labels.classes.foreground if name not in _COLOURS)
    colours = _COLOURS | {name: _MORE_COLOURS[i % len(_MORE_COLOURS)] for i, name in enumerate(further)}
    for name in labels.classes.foreground:
        mask = labels.mask(name)
        colour = np.asarray(colours[name], np.float32)
        picture[mask] += _FILL * (colour - picture[mask])
        picture[mask & ~_inner(mask, line)] = colour
    return np.round(picture).astype(np.uint8)


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
