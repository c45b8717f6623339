"""Images that are read by bands of rows, so that none has to be in memory as a whole."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from labelbridge.core.arrays import FloatArray

__all__ = ["LOOK_PX", "ArrayPlane", "Plane", "bands", "look", "windows"]

LOOK_PX = 2**24
"""Statistics of larger images are taken from parts of them, of about so many pixels in all."""

_BAND_PX = 2**22
_LOOK_ROWS = 32
_WINDOW_PX = 2048


class Plane(Protocol):
    """A grey image (Y, X), float32, whose rows are computed or read when they are asked for."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        ...

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return rows `start` to `stop` (exclusive) within the image: axes (Y, X), float32."""
        ...


class ArrayPlane:
    """A plane that is an array already, in memory or mapped."""

    def __init__(self, data: FloatArray) -> None:
        self._data = data

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return self._data.shape[0], self._data.shape[1]

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return a view of the rows."""
        return np.asarray(self._data[start:stop])


def bands(shape: tuple[int, int], *, rows: int | None = None) -> Iterator[slice]:
    """Cut an image into bands of whole rows, from top to bottom.

    Parameters
    ----------
    shape
        Height and width in px.
    rows
        Rows of a band; None takes as many as make about 4 million pixels.
    """
    height, width = shape
    step = rows or max(1, _BAND_PX // max(1, width))
    for start in range(0, height, step):
        yield slice(start, min(height, start + step))


def look(plane: Plane) -> FloatArray:
    """Return intensities for statistics: of all pixels, or of evenly spaced bands where there are more than `LOOK_PX`.

    Returns
    -------
    FloatArray
        One axis, float32, in the order of the pixels.
    """
    height, width = plane.shape
    if height * width <= LOOK_PX:
        return np.concatenate([plane.rows(band.start, band.stop).ravel() for band in bands(plane.shape, rows=256)])
    count = max(1, LOOK_PX // (width * _LOOK_ROWS))
    starts = np.linspace(0, height - _LOOK_ROWS, count).astype(int)
    return np.concatenate([plane.rows(int(start), int(start) + _LOOK_ROWS).ravel() for start in starts])


def windows(data: FloatArray) -> list[FloatArray]:
    """Return the image (Y, X) itself or, where it is larger than `LOOK_PX`, square windows spread evenly over it."""
    height, width = data.shape
    if height * width <= LOOK_PX:
        return [data]
    sides = min(height, _WINDOW_PX), min(width, _WINDOW_PX)
    count = LOOK_PX // (sides[0] * sides[1])
    down = max(1, min(height // sides[0], round((count * height / width) ** 0.5)))
    across = max(1, min(width // sides[1], count // down))
    tops = np.linspace(0, height - sides[0], down + 2)[1:-1].astype(int)
    lefts = np.linspace(0, width - sides[1], across + 2)[1:-1].astype(int)
    return [np.array(data[top : top + sides[0], left : left + sides[1]]) for top in tops for left in lefts]
