"""Remove specks and fill small holes."""

import numpy as np

from labelbridge.core import BoolArray, InputError
from labelbridge.refine.edits import Edit, Layers, Window, shape_of
from labelbridge.refine.repairs.areas import occupied
from labelbridge.refine.repairs.clicks import check_positive
from labelbridge.refine.repairs.windows import along_cut

__all__ = ["fill_holes", "remove_specks"]


def remove_specks(layers: Layers, name: str, min_area_px2: float, *, window: Window | None = None) -> Edit:
    """Remove areas of a class that are too small; pixels that touch by a corner belong together.

    Parameters
    ----------
    layers
        Class layers by name.
    name
        The class.
    min_area_px2
        Areas below it go, in px².
    window
        Rows and columns to look at, the whole image if not given. Areas that go on beyond it stay.

    Raises
    ------
    InputError
        Where there is no such layer, or the area is not above 0.
    """
    window = _checked(layers, name, min_area_px2, window)
    mask = layers[name][window] != 0
    small = _small_areas(mask, min_area_px2, window, shape_of(layers), diagonally=True)
    return Edit.of_arrays(layers, window, {name: layers[name][window] * ~small}, "remove specks")


def fill_holes(layers: Layers, name: str, min_area_px2: float, *, window: Window | None = None) -> Edit:
    """Fill holes in a class that are too small, consist of background alone and do not reach the image's border.

    Parameters
    ----------
    layers
        Class layers by name.
    name
        The class.
    min_area_px2
        Holes below it are filled, in px².
    window
        Rows and columns to look at, the whole image if not given. Holes that go on beyond it stay.

    Raises
    ------
    InputError
        Where there is no such layer, or the area is not above 0.
    """
    window = _checked(layers, name, min_area_px2, window)
    blocked = occupied(layers, window, but=(name,))
    blocked[[0, -1]] = blocked[:, [0, -1]] = True
    free = layers[name][window] == 0
    small = _small_areas(free, min_area_px2, window, shape_of(layers), blocked=blocked)
    return Edit.of_arrays(layers, window, {name: layers[name][window] | small}, "fill holes")


def _checked(layers: Layers, name: str, min_area_px2: float, window: Window | None) -> Window:
    shape = shape_of(layers)
    if name not in layers:
        raise InputError(f"got class '{name}', expected one of {list(layers)}.")
    check_positive(min_area_px2, "smallest area", "px²")
    whole = slice(0, shape[0]), slice(0, shape[1])
    cuts = zip(window or whole, shape, strict=True)
    rows, columns = (slice(*cut.indices(length)[:2]) for cut, length in cuts)
    if rows.stop <= rows.start or columns.stop <= columns.start:
        raise InputError(f"got a window outside the image of {shape[1]} x {shape[0]} px; choose one within it.")
    return rows, columns


def _small_areas(
    mask: BoolArray,
    min_area_px2: float,
    window: Window,
    shape: tuple[int, int],
    *,
    diagonally: bool = False,
    blocked: BoolArray | None = None,
) -> BoolArray:
    """Return the areas of a mask (Y, X) that are smaller, end within the window and have no pixel that is blocked."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3)) if diagonally else None)
    is_small = np.bincount(labels.ravel(), minlength=count + 1) < min_area_px2
    is_small[along_cut(labels, window, shape)] = False
    if blocked is not None:
        is_small[labels[blocked]] = False
    is_small[0] = False
    return np.asarray(is_small[labels], np.bool_)
