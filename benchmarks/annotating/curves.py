"""Lines that a brush may follow to mend masks, and the stroke among them that mends most a second."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import skeletonize

from annotating.aims import Aim
from annotating.strokes import Brush, Stroke
from annotating.truefibres import BACKGROUND_CODE, CODES, Codes
from labelbridge.core import MYELIN, BoolArray

__all__ = ["Curves", "StrokeCost"]

StrokeCost = Callable[[Brush, float], float]
"""Gives the seconds of a stroke of a brush and a length in px of the image, with what the choice of the brush takes."""

_SIZES_PX = (3, 5, 7, 11, 15, 21, 31, 45, 65, 95)
_SLACK_PX = 0.75
"""How far a brush may reach over the border of what it paints, and how far its line may lie from the ideal one."""

_RING_SLACK_PX = 1.5
_STEP_PX = 1.1
"""Length of a line for each of its pixels, about."""

_DIAGONALLY = np.ones((3, 3), np.bool_)


@dataclass(frozen=True, eq=False)
class _Curve:
    """A line for a brush of one size; arrays are (Y, X) of the window.

    Attributes
    ----------
    size_px
        Size of the brush.
    line
        The line's pixels.
    is_reached
        What the brush reaches from them.
    nearest
        For each pixel the flat index of the nearest one of the line.
    """

    size_px: int
    line: BoolArray
    is_reached: BoolArray
    nearest: NDArray[np.int64]

    @classmethod
    def along(cls, line: BoolArray, size_px: int) -> "_Curve":
        distance, (rows, columns) = ndimage.distance_transform_edt(~line, return_indices=True)
        reached = distance <= Brush(0, False, size_px).reach_px
        return cls(size_px, line, reached, rows.astype(np.int64) * line.shape[1] + columns)


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of a line that is worth a stroke."""

    value: float
    brush: Brush
    line: BoolArray


class Curves:
    """The lines along which what an aim wants can be painted: beside borders, in the middle of a ring, pixel by pixel.

    What is too much can also be erased along its middle.

    Parameters
    ----------
    aim
        What the masks should become.
    codes
        Masks before anything is painted, (Y, X) of the aim's window.
    """

    def __init__(self, aim: Aim, codes: Codes) -> None:
        self._aim = aim
        self._known: dict[int, list[_Curve]] = {}
        self._surplus = aim.wrong(codes) & (aim.truth == BACKGROUND_CODE)

    def best_stroke(
        self, codes: Codes, cost_s: StrokeCost, *, only: int | None = None, exactly: bool = False
    ) -> Stroke | None:
        """Return the stroke that mends most pixels a second, no more than needed counted; None where none mends any.

        Parameters
        ----------
        codes
            Masks, (Y, X) of the aim's window.
        cost_s
            What strokes take.
        only
            Class to paint; where None all classes, and the eraser.
        exactly
            Whether each pixel is painted by itself: slow, and never a pixel too many.
        """
        to_change = self._aim.to_change(codes)
        best: _Part | None = None
        for code, erases, todo, harmed in self._kinds(codes, only):
            for curve in self._of(BACKGROUND_CODE if erases else code):
                if not exactly or curve.size_px == 1:
                    brush = Brush(code, erases, curve.size_px)
                    best = _better(best, curve, brush, todo, harmed, to_change, cost_s)
        return None if best is None else Stroke.along(best.brush, best.line)

    def _kinds(self, codes: Codes, only: int | None) -> Iterator[tuple[int, bool, BoolArray, BoolArray]]:
        """Give what can be painted or erased: the class, whether to erase it, where it mends and where it harms."""
        truth = self._aim.truth
        wrong, is_good = self._aim.wrong(codes), codes == truth
        for code in CODES.values():
            if only in (None, code) and (todo := wrong & (truth == code)).any():
                yield code, False, todo, is_good & (truth != code)
            if only is None and (todo := wrong & (truth == BACKGROUND_CODE) & (codes == code)).any():
                yield code, True, todo, is_good & (truth == code)

    def _of(self, code: int) -> list[_Curve]:
        if code not in self._known:
            self._known[code] = list(_curves(self._aim.region(code), is_ring=code == CODES[MYELIN]))
            if code == BACKGROUND_CODE:
                self._known[code] += _middle_curves(self._surplus)
        return self._known[code]


def _curves(region: BoolArray, *, is_ring: bool) -> Iterator[_Curve]:
    """Give the lines for a region (Y, X), bool."""
    yield _Curve(1, region, region, np.arange(region.size, dtype=np.int64).reshape(region.shape))
    depth = np.where(region, _depths(region), -np.inf)
    for size_px in _SIZES_PX:
        line = skeletonize(np.abs(depth - Brush(0, False, size_px).reach_px) <= _SLACK_PX)
        if not line.any():
            break
        yield _Curve.along(line, size_px)
    if is_ring and (line := skeletonize(region)).any():
        half_px = float(np.median(depth[line]))
        near = [size for size in _SIZES_PX if abs(Brush(0, False, size).reach_px - half_px) <= _RING_SLACK_PX]
        for size_px in near:
            yield _Curve.along(line, size_px)


def _middle_curves(area: BoolArray) -> Iterator[_Curve]:
    """Give the line in the middle of an area (Y, X), bool, for all brushes that are no smaller than it is thick."""
    line = skeletonize(area)
    if line.any():
        half_px = float(np.median(_depths(area)[line]))
        for size_px in _SIZES_PX:
            if Brush(0, True, size_px).reach_px >= half_px:
                yield _Curve.along(line, size_px)


def _depths(region: BoolArray) -> NDArray[np.float64]:
    """Return how deep each pixel lies in a region, in px; where it fills the window, from the window's border."""
    framed = np.pad(region, 1, constant_values=not region.all())
    return np.asarray(ndimage.distance_transform_edt(framed)[1:-1, 1:-1] - 0.5, np.float64)


def _better(
    best: _Part | None,
    curve: _Curve,
    brush: Brush,
    todo: BoolArray,
    harmed: BoolArray,
    to_change: int,
    cost_s: StrokeCost,
) -> _Part | None:
    """Return the part of a line that mends most a second, or `best` where that mends more."""
    most = 0.0 if best is None else best.value
    hit = curve.nearest[todo & curve.is_reached]
    if min(hit.size, to_change) <= most * cost_s(brush, 0.0):
        return best
    needed = np.zeros(curve.line.shape, np.bool_)
    needed.ravel()[hit] = True
    parts, count = ndimage.label(curve.line & _widened(needed), _DIAGONALLY)
    flat = parts.ravel()
    mended = np.bincount(flat[hit], minlength=count + 1)
    spoilt = np.bincount(flat[curve.nearest[harmed & curve.is_reached]], minlength=count + 1)
    gain = np.minimum(mended - spoilt, to_change)[1:]
    lengths_px = _STEP_PX * (np.bincount(flat, minlength=count + 1)[1:] - 1)
    chosen_s = cost_s(brush, 0.0)
    a_pixel_s = cost_s(brush, 1.0) - chosen_s
    values = gain / (chosen_s + a_pixel_s * lengths_px)
    first = int(np.argmax(values))
    return _Part(float(values[first]), brush, parts == first + 1) if values[first] > most else best


def _widened(mask: BoolArray) -> BoolArray:
    """Return a mask (Y, X) with the eight neighbours of each of its pixels."""
    framed = np.pad(mask, 1)
    across = framed[:, :-2] | framed[:, 1:-1] | framed[:, 2:]
    return np.asarray(across[:-2] | across[1:-1] | across[2:], np.bool_)
