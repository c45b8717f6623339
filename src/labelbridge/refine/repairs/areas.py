"""The connected area that a pixel lies in, without looking at the whole image."""

from collections.abc import Callable

import numpy as np

from labelbridge.core import BoolArray
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.repairs.windows import Point, growing_windows, inside, pixel_window, tight, touches_cut, within

__all__ = ["area_at", "connected", "occupied"]


def occupied(layers: Layers, window: Window, *, but: tuple[str, ...] = ()) -> BoolArray:
    """Return where in a window any class is, axes (Y, X), bool; classes in `but` do not count."""
    shape = tuple(cut.stop - cut.start for cut in window)
    there = np.zeros(shape, np.bool_)
    for name, layer in layers.items():
        if name not in but:
            there |= layer[window] != 0
    return there


def connected(mask: BoolArray, at: Point, *, diagonally: bool = False) -> BoolArray:
    """Return the part of a mask (Y, X) that is connected with the pixel `at`, which lies in it."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask, np.ones((3, 3)) if diagonally else None)
    return np.asarray(labels == labels[at], np.bool_)


def area_at(
    mask_in: Callable[[Window], BoolArray], at: Point, shape: tuple[int, int]
) -> tuple[Window, BoolArray] | None:
    """Return the area that a pixel lies in, as the smallest window that holds it and its mask there.

    Pixels that touch by a corner alone are not connected.

    Parameters
    ----------
    mask_in
        Gives the mask (Y, X) of a window; true at `at`.
    at
        Row and column of a pixel of the area.
    shape
        Height and width of the image in px.

    Returns
    -------
    tuple or None
        Window and mask; None where the area is too large to be followed.
    """
    for window in growing_windows(pixel_window(at), shape):
        area = connected(mask_in(window), inside(at, window))
        if not touches_cut(area, window, shape):
            held = tight(window, area)
            return held, area[within(held, window)]
    return None
