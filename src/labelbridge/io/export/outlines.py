"""Areas of pixels to outlines, exactly along the pixels' edges."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, BoolArray, bands

__all__ = ["trace_areas"]

_Ints = NDArray[np.signedinteger]


def trace_areas(mask: BoolArray) -> Iterator[list[AnyArray]]:
    """Give the outline of each connected area of a mask.

    Pixels that touch at a corner only belong to different areas. No ring meets itself, so each area is a valid polygon;
    rings of one area may touch in points.

    Parameters
    ----------
    mask
        (Y, X), bool.

    Yields
    ------
    list of arrays
        The rings of an area, the outer one first, then its holes. Each is closed, (N, 2), whole numbers: x and y in
        px, pixel (y, x) reaching from x to x + 1; the area is on the right.
    """
    from scipy import ndimage

    areas, padded = ndimage.label(mask)[0], np.pad(mask, 1)
    y, x, is_second = _corners(padded)
    if not len(y):
        return
    left = np.arange(0, len(y), 2)
    below = padded[y[left] + 1, x[left] + 1]
    start, end = np.where(below, left, left + 1), np.where(below, left + 1, left)
    owners = areas[y[left] - ~below, x[left]]
    down = _goes_down(padded, areas, y, x, is_second)
    del mask, areas, padded, is_second  # what follows needs memory too
    order, firsts = _cycles(_vertical_partners(y, x, down)[end] // 2)
    start, end, owners = start[order], end[order], owners[order[firsts]]
    outer = np.add.reduceat(y[start].astype(np.int64) * (x[start] - x[end]), firsts) > 0
    points = np.stack([x[start], y[start], x[end], y[end]], axis=1).reshape(-1, 2)
    rings = [np.concatenate([ring, ring[:1]]) for ring in np.split(points, 2 * firsts[1:])]
    sequence = np.lexsort((~outer, owners))
    for group in np.split(sequence, np.flatnonzero(np.diff(owners[sequence])) + 1):
        yield [rings[index] for index in group]


def _corners(padded: BoolArray) -> tuple[_Ints, _Ints, BoolArray]:
    """Return y and x of the outlines' corners, row by row, and which of them are the second at their place.

    Where two areas meet at a point, two corners are there. In a row, each first corner begins a horizontal edge that
    ends at the next.
    """
    ys, xs, seconds = [], [], []
    for band in bands((padded.shape[0] - 1, padded.shape[1] - 1)):
        upper, lower = padded[band], padded[band.start + 1 : band.stop + 1]
        up, down = upper[:, :-1] ^ upper[:, 1:], lower[:, :-1] ^ lower[:, 1:]
        crossing = up & down & (upper[:, 1:] ^ lower[:, 1:])
        y, x = np.nonzero((up ^ down) | crossing)
        counts = 1 + crossing[y, x]
        ys.append(np.repeat(y + band.start, counts).astype(np.int32))
        xs.append(np.repeat(x, counts).astype(np.int32))
        seconds.append(np.zeros(len(ys[-1]), np.bool_))
        seconds[-1][np.cumsum(counts)[counts == 2] - 1] = True
    return np.concatenate(ys), np.concatenate(xs), np.concatenate(seconds)


def _goes_down(padded: BoolArray, areas: AnyArray, y: _Ints, x: _Ints, is_second: BoolArray) -> BoolArray:
    """Return whether the vertical edge at each corner goes down from it.

    Where pixels meet at a corner only, the outline turns so that it separates two areas, and within one area so that it
    separates what lies outside: the rings meet there and none meets itself.
    """
    down = padded[y + 1, x] ^ padded[y + 1, x + 1]
    (second,) = np.nonzero(is_second)
    y, x = y[second], x[second]
    falling = padded[y, x]
    one, other = areas[y - 1, np.where(falling, x - 1, x)], areas[y, np.where(falling, x, x - 1)]
    first_goes_up = falling == (one != other)
    down[second], down[second - 1] = first_goes_up, ~first_goes_up
    return np.asarray(down)


def _vertical_partners(y: _Ints, x: _Ints, down: BoolArray) -> _Ints:
    """Return the corner at the other end of each corner's vertical edge."""
    order = np.lexsort((down, y, x))
    partner = np.empty_like(order)
    partner[order[::2]], partner[order[1::2]] = order[1::2], order[::2]
    return partner


def _cycles(following: _Ints) -> tuple[_Ints, _Ints]:
    """Return the order in which the cycles of a permutation are walked, one after the other, and where each begins."""
    after = following.tolist()
    seen = bytearray(len(after))
    order: list[int] = []
    firsts: list[int] = []
    for first in range(len(after)):
        if seen[first]:
            continue
        firsts.append(len(order))
        step = first
        while not seen[step]:
            seen[step] = 1
            order.append(step)
            step = after[step]
    return np.array(order, np.int64), np.array(firsts, np.int64)
