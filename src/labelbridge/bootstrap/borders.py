"""How much of an area's border lies on myelin."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, BoolArray

__all__ = ["Borders"]


class Borders:
    """Counts the borders of areas, between pixels that share a side; the edge of the image is no border.

    Areas, or parts of them, are given by their numbers (Y, X), 0 beside them, which `grow` has announced.
    """

    def __init__(self) -> None:
        self._on_myelin: NDArray[np.float64] = np.zeros(1)
        self._elsewhere: NDArray[np.float64] = np.zeros(1)

    def grow(self, last: int) -> None:
        """Make room for numbers up to `last`."""
        grown = last + 1 - len(self._on_myelin)
        self._on_myelin, self._elsewhere = (np.pad(one, (0, grown)) for one in (self._on_myelin, self._elsewhere))

    def count_across(self, numbers: AnyArray, myelin: BoolArray) -> None:
        """Count the borders between neighbours in a row."""
        self._count(numbers[:, :-1], numbers[:, 1:], myelin[:, :-1], myelin[:, 1:])

    def count_down(self, numbers: AnyArray, myelin: BoolArray) -> None:
        """Count the borders between neighbours in a column."""
        self._count(numbers[:-1], numbers[1:], myelin[:-1], myelin[1:])

    def shares(self, areas: NDArray[np.integer[Any]] | None = None) -> NDArray[np.float64]:
        """Return by area the part of its border that lies on myelin, 0 to 1; 1 where there is no border.

        Parameters
        ----------
        areas
            By number the area that it is a part of, from 0; None where each number is an area.
        """
        parts = self._on_myelin, self._elsewhere
        on_myelin, elsewhere = parts if areas is None else (np.bincount(areas, part) for part in parts)
        border = on_myelin + elsewhere
        return np.where(border > 0, on_myelin / np.maximum(border, 1), 1.0)

    def _count(self, one: AnyArray, other: AnyArray, one_myelin: BoolArray, other_myelin: BoolArray) -> None:
        """Count the borders between pixels and their neighbours on one side, both ways."""
        for inner, outer, on_myelin in ((one, other, other_myelin), (other, one, one_myelin)):
            leaves = (inner > 0) & (outer == 0)
            size = len(self._on_myelin)
            self._on_myelin += np.bincount(inner[leaves & on_myelin], minlength=size)
            self._elsewhere += np.bincount(inner[leaves & ~on_myelin], minlength=size)
