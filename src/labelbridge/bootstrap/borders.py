"""How much of an area's border lies on myelin."""

import numpy as np

from labelbridge.core import AnyArray, BoolArray, FloatArray

__all__ = ["Borders"]


class Borders:
    """Counts the borders of areas, between pixels that share a side; the edge of the image is no border.

    Areas are given by their numbers (Y, X), 0 beside them, which `grow` has announced.

    Attributes
    ----------
    on_myelin, elsewhere
        By number: border in px on myelin, and on anything else, float64.
    """

    def __init__(self) -> None:
        self.on_myelin = self.elsewhere = np.zeros(1)

    def grow(self, last: int) -> None:
        """Make room for numbers up to `last`."""
        grown = last + 1 - len(self.on_myelin)
        self.on_myelin, self.elsewhere = (np.pad(one, (0, grown)) for one in (self.on_myelin, self.elsewhere))

    def count_across(self, numbers: AnyArray, myelin: BoolArray) -> None:
        """Count the borders between neighbours in a row."""
        self._count(numbers[:, :-1], numbers[:, 1:], myelin[:, :-1], myelin[:, 1:])

    def count_down(self, numbers: AnyArray, myelin: BoolArray) -> None:
        """Count the borders between neighbours in a column."""
        self._count(numbers[:-1], numbers[1:], myelin[:-1], myelin[1:])

    def shares(self) -> FloatArray:
        """Return by number the part of the border that lies on myelin, 0 to 1, float32; 1 where there is no border."""
        border = self.on_myelin + self.elsewhere
        return np.asarray(np.where(border > 0, self.on_myelin / np.maximum(border, 1), 1), np.float32)

    def _count(self, one: AnyArray, other: AnyArray, one_myelin: BoolArray, other_myelin: BoolArray) -> None:
        """Count the borders between pixels and their neighbours on one side, both ways."""
        for inner, outer, on_myelin in ((one, other, other_myelin), (other, one, one_myelin)):
            leaves = (inner > 0) & (outer == 0)
            size = len(self.on_myelin)
            self.on_myelin += np.bincount(inner[leaves & on_myelin], minlength=size)
            self.elsewhere += np.bincount(inner[leaves & ~on_myelin], minlength=size)
