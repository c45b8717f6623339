"""The fibre at a pixel: an axon and the myelin that belongs to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, GAP_PX, MYELIN, TIE_PX, BoolArray, InputError, myelin_ways
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.repairs.areas import area_at, occupied
from labelbridge.refine.repairs.clicks import checked_shape, class_at, name_place
from labelbridge.refine.repairs.windows import (
    Point,
    distance_to_cut,
    growing_windows,
    grown,
    inside,
    pixel_window,
    tight,
    touches_cut,
    within,
)

__all__ = ["Fibre", "axon_of_myelin", "fibre_at", "too_large", "way_through_myelin"]


@dataclass(frozen=True, eq=False)
class Fibre:
    """An axon and its myelin.

    Attributes
    ----------
    shape
        Height and width of the image in px.
    window
        The rows and columns that the masks stand for; holds the whole fibre.
    kind
        The class of its axon: ``axon``, or a further class.
    axon, myelin
        Where they are in the window, axes (Y, X), bool.
    """

    shape: tuple[int, int]
    window: Window
    kind: str
    axon: BoolArray
    myelin: BoolArray

    @property
    def whole(self) -> BoolArray:
        """Axon and myelin together, axes (Y, X), bool."""
        return self.axon | self.myelin

    def with_margin(self, margin_px: int) -> "Fibre":
        """Return the same fibre in the smallest window that holds it and, within the image, a margin around it."""
        window = grown(tight(self.window, self.whole), margin_px, self.shape)
        axon, myelin = (_moved(mask, self.window, window) for mask in (self.axon, self.myelin))
        return Fibre(self.shape, window, self.kind, axon, myelin)


def fibre_at(layers: Layers, at: Point, *, any_class: bool = False) -> Fibre:
    """Return the fibre that a pixel of axon or myelin belongs to.

    Myelin belongs to the axon to which the way through myelin, and a gap of up to 2 px around the axon, is shortest;
    where two are equally far, to neither. Only a window around the fibre is looked at.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column.
    any_class
        Whether an area of a further class counts as a fibre without myelin.

    Raises
    ------
    InputError
        Where there is no fibre, or a too large one, at the pixel.
    """
    shape = checked_shape(layers, at)
    kind = class_at(layers, at)
    if kind is None or (kind not in (AXON, MYELIN) and not any_class):
        raise InputError(f"got a click on {kind or 'background'} at {name_place(at)}; click an axon or its myelin.")
    if kind == MYELIN:
        owner = axon_of_myelin(layers, at)
        if owner is None:
            raise InputError(
                f"got a click on myelin without axon at {name_place(at)}; fill its axon first, or click another fibre."
            )
        kind, at = AXON, owner
    area = area_at(lambda window: layers[kind][window] != 0, at, shape)
    if area is None:
        raise too_large(kind, at)
    fibre = Fibre(shape, area[0], kind, area[1], np.zeros_like(area[1]))
    return _with_myelin(layers, at, fibre) if kind == AXON else fibre


def _with_myelin(layers: Layers, at: Point, fibre: Fibre) -> Fibre:
    for window in growing_windows(fibre.window, fibre.shape):
        way = way_through_myelin(layers, window)
        axon = _moved(fibre.axon, fibre.window, window)
        distance = _distance_within(way, axon)
        own = way & (distance + TIE_PX < _distance_within(way, (layers[AXON][window] != 0) & ~axon))
        if not np.any(own & (distance + GAP_PX >= distance_to_cut(window, fibre.shape))):
            myelin = own & (layers[MYELIN][window] != 0)
            return Fibre(fibre.shape, window, fibre.kind, axon, myelin).with_margin(0)
    raise too_large(MYELIN, at)


def axon_of_myelin(layers: Layers, at: Point) -> Point | None:
    """Return a pixel of the axon that a pixel of myelin belongs to; None where its area of myelin has none.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of myelin.

    Raises
    ------
    InputError
        Where there is no such pixel, or the layers are not of one shape.
    """
    shape = checked_shape(layers, at)
    for window in growing_windows(pixel_window(at), shape):
        axon = layers[AXON][window] != 0
        place = inside(at, window)
        start = np.zeros_like(axon)
        start[place] = True
        distance = _distance_within(axon | way_through_myelin(layers, window), start)
        is_whole = not touches_cut(np.isfinite(distance), window, shape)
        to_axon = np.where(axon, distance, np.inf)
        row, column = np.unravel_index(np.argmin(to_axon), axon.shape)
        certain_px = np.inf if is_whole else distance_to_cut(window, shape)[place] - GAP_PX
        if to_axon[row, column] < certain_px:
            return int(row) + window[0].start, int(column) + window[1].start
        if is_whole:
            break
    return None


def way_through_myelin(layers: Layers, window: Window) -> BoolArray:
    """Return myelin, and the background that may be a gap between an axon and its myelin, axes (Y, X), bool."""
    return myelin_ways(layers[AXON][window] != 0, layers[MYELIN][window] != 0, occupied(layers, window))


def _distance_within(mask: BoolArray, starts: BoolArray) -> NDArray[np.float64]:
    """Return the length of the shortest way in a mask (Y, X) from one of the starts, in px; infinite without way."""
    from scipy import ndimage
    from skimage.graph import MCP_Geometric

    first = starts & ndimage.binary_dilation(mask, np.ones((3, 3)))
    if not first.any():
        return np.full(mask.shape, np.inf)
    distance, _ = MCP_Geometric(np.where(mask | first, 1.0, -1.0)).find_costs(np.argwhere(first).tolist())
    return np.asarray(distance, np.float64)


def _moved(mask: BoolArray, window: Window, to: Window) -> BoolArray:
    """Return a mask of one window in another; what does not lie in there is lost."""
    moved = np.zeros(tuple(cut.stop - cut.start for cut in to), np.bool_)
    rows, columns = (
        slice(max(one.start, other.start), min(one.stop, other.stop)) for one, other in zip(window, to, strict=True)
    )
    moved[within((rows, columns), to)] = mask[within((rows, columns), window)]
    return moved


def too_large(name: str, at: Point) -> InputError:
    """Return what is to be raised where the area of a class at a pixel is too large to be followed."""
    return InputError(
        f"got an area of {name} at {name_place(at)} that is too large for one fibre; erase a line where it is joined."
    )
