"""A mask in an eighth of its size."""

import numpy as np

from labelbridge.core import BoolArray, LabelArray
from labelbridge.refine.edits import Window

__all__ = ["PackedMask"]

_BITS = 8


class PackedMask:
    """A copy of a mask with a bit a pixel: quickly made, also of a large image, and read and written window by window.

    Parameters
    ----------
    mask
        (Y, X), uint8; all but 0 counts as 1.
    """

    def __init__(self, mask: LabelArray) -> None:
        self._bits = np.packbits(mask, axis=1)
        self._width = mask.shape[1]

    def whole(self) -> LabelArray:
        """Return the mask: a new array (Y, X), uint8, 0 and 1."""
        return np.unpackbits(self._bits, axis=1, count=self._width)

    def __getitem__(self, window: Window) -> LabelArray:
        """Return what is in a window: a new array (Y, X), uint8, 0 and 1."""
        packed, inner = self._around(window)
        return np.unpackbits(self._bits[packed], axis=1)[:, inner]

    def __setitem__(self, window: Window, content: LabelArray | BoolArray) -> None:
        """Put something else into a window; all but 0 counts as 1."""
        packed, inner = self._around(window)
        pixels = np.unpackbits(self._bits[packed], axis=1)
        pixels[:, inner] = content != 0
        self._bits[packed] = np.packbits(pixels, axis=1)

    def _around(self, window: Window) -> tuple[Window, slice]:
        """Return the rows and bytes that hold a window, and which columns of their pixels are the window's."""
        rows, columns = window
        left, right, _ = columns.indices(self._width)
        first = left // _BITS
        return (rows, slice(first, -(-right // _BITS))), slice(left - first * _BITS, right - first * _BITS)
