"""Strokes of brush and eraser: where they lead and what they change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from annotating.truefibres import BACKGROUND_CODE, Codes
from labelbridge.core import BoolArray
from labelbridge.refine.repairs.windows import Point

__all__ = ["Brush", "Stroke"]

_LEAST_GAP_PX = 3.0
"""A hand goes straight on over gaps of a line up to this, or half the brush; with a brush of one px over none."""


@dataclass(frozen=True)
class Brush:
    """The brush or the eraser.

    Attributes
    ----------
    code
        Class that is painted or erased.
    erases
        Whether it is the eraser.
    size_px
        Its diameter in px of the image, as napari counts it.
    """

    code: int
    erases: bool
    size_px: int

    @property
    def reach_px(self) -> float:
        """How far from its centre napari paints, in px of the image."""
        return self.size_px // 2 + 0.5

    def painted(self, codes: Codes, where: BoolArray) -> Codes:
        """Return codes (Y, X) after the brush was at the pixels `where` is true for."""
        reached = ndimage.distance_transform_edt(~where) <= self.reach_px
        if self.erases:
            return np.where(reached & (codes == self.code), np.uint8(BACKGROUND_CODE), codes)
        return np.where(reached, np.uint8(self.code), codes)


@dataclass(frozen=True, eq=False)
class Stroke:
    """A polyline that a brush follows with the button down.

    Attributes
    ----------
    brush
        The brush.
    points
        Rows and columns of its points, (N, 2), in px of a window.
    """

    brush: Brush
    points: NDArray[np.int64]

    @classmethod
    def along(cls, brush: Brush, line: BoolArray) -> "Stroke":
        """Follow a line (Y, X), bool, from one of its ends; of branches that lead away one is followed."""
        path = _path(line, max(_LEAST_GAP_PX, brush.size_px / 2) if brush.size_px > 1 else 0.0)
        step = min(3, max(1, brush.size_px // 2))
        return cls(brush, np.array([*path[:-1:step], path[-1]], np.int64))

    @property
    def length_px(self) -> float:
        """Its length in px of the image."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def painted(self, codes: Codes) -> Codes:
        """Return the codes of the window, (Y, X), after it."""
        where = np.zeros(codes.shape, np.bool_)
        where[tuple(self.points[-1])] = True
        ways = np.diff(self.points, axis=0)
        steps = np.linspace(0, 1, int(np.abs(ways).max(initial=0)) + 1)[:, None, None]
        where[tuple(np.moveaxis((self.points[:-1] + steps * ways).round().astype(int), -1, 0))] = True
        return self.brush.painted(codes, where)


def _path(line: BoolArray, most_gap_px: float) -> list[Point]:
    """Return the pixels of a line in the order in which a hand passes them."""
    left = {(int(row), int(column)) for row, column in np.argwhere(line)}
    at = min(left, key=lambda pixel: (len(_neighbours(pixel, left)), pixel))
    path, before = [at], at
    left.remove(at)
    while left:
        ahead = (2 * at[0] - before[0], 2 * at[1] - before[1])
        following = _neighbours(at, left) or _near(at, left, most_gap_px)
        if not following:
            break
        before, at = at, min(following, key=lambda pixel: (_distance2(at, pixel), _distance2(ahead, pixel), pixel))
        path.append(at)
        left.remove(at)
    return path


def _neighbours(pixel: Point, left: set[Point]) -> list[Point]:
    row, column = pixel
    around = ((row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)
    return [one for one in around if one in left]


def _near(pixel: Point, left: set[Point], most_px: float) -> list[Point]:
    return [one for one in left if _distance2(pixel, one) <= most_px**2]


def _distance2(one: Point, other: Point) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
