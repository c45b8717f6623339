"""Fill the axon inside a ring of myelin."""

import numpy as np

from labelbridge.core import AXON, MYELIN, BoolArray, InputError
from labelbridge.refine.edits import Edit, Layers, Window
from labelbridge.refine.repairs.areas import area_at, connected, occupied
from labelbridge.refine.repairs.clicks import check_positive, checked_shape, class_at, name_place
from labelbridge.refine.repairs.windows import (
    Point,
    along_cut,
    distance_to_cut,
    growing_windows,
    inside,
    pixel_window,
    touches_cut,
)

__all__ = ["fill_ring"]

_PINHOLE_PX2 = 8


def fill_ring(layers: Layers, at: Point, *, max_area_px2: float = 250_000) -> Edit:
    """Make the hole of the clicked ring of myelin axon, but for what has a further class.

    The image's border may close a ring, on one side or at one corner.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel in the hole, of background or axon, or of the ring, which stands for the nearest
        hole that is no mere pinhole.
    max_area_px2
        Largest area of a hole in px².

    Raises
    ------
    InputError
        Where the ring is open, or its hole is larger.
    """
    check_positive(max_area_px2, "largest hole", "px²")
    shape = checked_shape(layers, at)
    start = _hole_of_ring(layers, at, shape) if class_at(layers, at) == MYELIN else at
    hole = area_at(lambda window: layers[MYELIN][window] == 0, start, shape)
    if hole is None or not _is_closed(hole[1], hole[0], shape):
        raise _is_open(at)
    window, inner = hole
    area_px2 = np.count_nonzero(inner)
    if area_px2 > max_area_px2:
        raise InputError(
            f"got a hole of {area_px2} px² at {name_place(at)}, expected at most {max_area_px2:g} px²; "
            "click a smaller ring, or allow larger holes."
        )
    filled = inner & ~occupied(layers, window, but=(AXON,))
    return Edit.of_arrays(layers, window, {AXON: layers[AXON][window] | filled}, "fill ring")


def _hole_of_ring(layers: Layers, at: Point, shape: tuple[int, int]) -> Point:
    """Return a pixel in the hole that is nearest to a clicked pixel of myelin, among those that its ring encloses."""
    for window in growing_windows(pixel_window(at), shape):
        place = inside(at, window)
        ring = connected(layers[MYELIN][window] != 0, place, diagonally=True)
        is_whole = not touches_cut(ring, window, shape)
        nearest = _nearest_hole(layers[MYELIN][window] == 0, ring, place, window, shape)
        if nearest is not None and (
            is_whole or np.hypot(*np.subtract(nearest, place)) <= distance_to_cut(window, shape)[place]
        ):
            return nearest[0] + window[0].start, nearest[1] + window[1].start
        if is_whole:
            break
    raise _is_open(at)


def _nearest_hole(
    free: BoolArray, ring: BoolArray, place: Point, window: Window, shape: tuple[int, int]
) -> Point | None:
    """Return the nearest pixel of the closed holes in `free` that touch the ring; None where there is no such hole."""
    from scipy import ndimage

    labels, count = ndimage.label(free)
    possible = np.bincount(labels.ravel(), minlength=count + 1) > _PINHOLE_PX2
    possible[along_cut(labels, window, shape)] = False
    possible[0] = False
    beside = np.unique(labels[ndimage.binary_dilation(ring)])
    numbers = [number for number in beside[possible[beside]] if _is_closed(labels == number, window, shape)]
    if not numbers:
        return None
    rows, columns = np.nonzero(np.isin(labels, numbers))
    nearest = np.argmin(np.hypot(rows - place[0], columns - place[1]))
    return int(rows[nearest]), int(columns[nearest])


def _is_closed(hole: BoolArray, window: Window, shape: tuple[int, int]) -> bool:
    """Return whether an area meets the image's border nowhere, or in one stretch of one side or of two that meet."""
    top, bottom, left, right = hole[0], hole[-1], hole[:, 0], hole[:, -1]
    rows, columns = window
    sides = (
        top & (rows.start == 0),
        right & (columns.stop == shape[1]),
        bottom[::-1] & (rows.stop == shape[0]),
        left[::-1] & (columns.start == 0),
    )
    met = [bool(side.any()) for side in sides]
    around = np.concatenate(sides)
    starts = np.count_nonzero(around & ~np.roll(around, 1))
    return not (met[0] and met[2]) and not (met[1] and met[3]) and bool(starts <= 1)


def _is_open(at: Point) -> InputError:
    return InputError(
        f"got a click at {name_place(at)}, where the ring of myelin is open or there is none; "
        "close the ring with the myelin brush, or click another one."
    )
