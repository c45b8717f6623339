"""Windows of an image that grow until what is looked for lies within."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, BoolArray
from labelbridge.refine.edits import Window

__all__ = [
    "MAX_SIDE_PX",
    "Point",
    "along_cut",
    "distance_to_cut",
    "growing_windows",
    "grown",
    "inside",
    "pixel_window",
    "tight",
    "touches_cut",
    "within",
]

MAX_SIDE_PX = 4096
"""No window grows once it is wider or higher than this."""

Point = tuple[int, int]
"""Row and column of a pixel."""

_MARGIN_PX = 32


def pixel_window(at: Point) -> Window:
    """Return the window of one pixel."""
    return slice(at[0], at[0] + 1), slice(at[1], at[1] + 1)


def grown(window: Window, margin_px: int, shape: tuple[int, int]) -> Window:
    """Return a window with a margin on all sides, as far as the image of `shape` goes."""
    rows, columns = (
        slice(max(0, cut.start - margin_px), min(length, cut.stop + margin_px))
        for cut, length in zip(window, shape, strict=True)
    )
    return rows, columns


def growing_windows(window: Window, shape: tuple[int, int]) -> Iterator[Window]:
    """Give wider and wider windows around `window`: up to the whole image, or one above `MAX_SIDE_PX`."""
    margin_px = _MARGIN_PX
    while True:
        wider = grown(window, margin_px, shape)
        yield wider
        if wider == grown(wider, 1, shape) or max(cut.stop - cut.start for cut in wider) > MAX_SIDE_PX:
            return
        margin_px *= 2


def inside(at: Point, window: Window) -> Point:
    """Return where in the window a pixel of the image lies."""
    return at[0] - window[0].start, at[1] - window[1].start


def within(window: Window, outer: Window) -> Window:
    """Return where a window of the image lies in another one that holds it."""
    rows, columns = (
        slice(cut.start - edge.start, cut.stop - edge.start) for cut, edge in zip(window, outer, strict=True)
    )
    return rows, columns


def tight(window: Window, *masks: BoolArray) -> Window:
    """Return the smallest window, within `window` that the masks stand for, that holds all their pixels."""
    there = np.logical_or.reduce(masks)
    rows, columns = (
        slice(cut.start + int(places[0]), cut.start + int(places[-1]) + 1)
        for cut, places in zip(window, (np.flatnonzero(there.any(axis)) for axis in (1, 0)), strict=True)
    )
    return rows, columns


def distance_to_cut(window: Window, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return how far each pixel of a window is from the next unseen pixel of the image, axes (Y, X), in px.

    Infinite where the window is the whole image: beyond the image's border there is nothing to be seen.
    """
    along = []
    for cut, length in zip(window, shape, strict=True):
        steps = np.arange(1.0, cut.stop - cut.start + 1)
        before = steps if cut.start > 0 else np.full_like(steps, np.inf)
        after = steps[::-1] if cut.stop < length else np.full_like(steps, np.inf)
        along.append(np.minimum(before, after))
    return np.asarray(np.minimum.outer(*along), np.float64)


def along_cut(values: AnyArray, window: Window, shape: tuple[int, int]) -> AnyArray:
    """Return the values (Y, X) of a window along the sides beyond which the image goes on, axis (N)."""
    rows, columns = window
    is_cut = rows.start > 0, rows.stop < shape[0], columns.start > 0, columns.stop < shape[1]
    sides = values[0], values[-1], values[:, 0], values[:, -1]
    return np.concatenate([values[0, :0], *(side for side, cut in zip(sides, is_cut, strict=True) if cut)])


def touches_cut(mask: BoolArray, window: Window, shape: tuple[int, int]) -> bool:
    """Return whether a mask of the window reaches a side beyond which the image goes on."""
    return bool(along_cut(mask, window, shape).any())
