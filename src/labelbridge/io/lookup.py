"""Planes of values: counted and replaced band by band, because NumPy's own indexing takes eight times their memory."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, bands

__all__ = ["count_values", "look_up"]


def look_up(table: AnyArray, codes: AnyArray) -> AnyArray:
    """Return ``table[codes]`` for codes (Y, X), unsigned whole numbers; the table's dtype, the shape of the codes."""
    out = np.empty(codes.shape, table.dtype)
    for band in bands((codes.shape[0], codes.shape[1])):
        out[band] = table[codes[band]]
    return out


def count_values(codes: AnyArray) -> NDArray[np.int64]:
    """Return how many pixels have each value of codes (Y, X), uint8 or uint16: 256 or 65,536 counts."""
    size = np.iinfo(codes.dtype).max + 1
    counts = np.zeros(size, np.int64)
    for band in bands((codes.shape[0], codes.shape[1])):
        counts += np.bincount(codes[band].ravel(), minlength=size)
    return counts
