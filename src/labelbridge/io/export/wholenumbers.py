"""Intensities back to the whole numbers that they were in their file."""

import numpy as np

from labelbridge.core import AnyArray, FloatArray, bands, scratch_array

__all__ = ["as_16_bit", "as_whole_numbers", "unit_as_16_bit"]

_TOP = np.iinfo(np.uint16).max


def as_whole_numbers(data: FloatArray) -> AnyArray | None:
    """Return intensities (Y, X) as uint8 or uint16 without any loss, or None where they are no such numbers."""
    low, high = float(data.min()), float(data.max())
    if low < 0 or high > _TOP:
        return None
    out = np.empty(data.shape, np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16)
    for band in bands((data.shape[0], data.shape[1])):
        out[band] = data[band]
        if not np.array_equal(out[band], data[band]):
            return None
    return out


def as_16_bit(data: FloatArray) -> AnyArray:
    """Return intensities (Y, X) scaled linearly, their least to 0 and their largest to 65,535."""
    low, high = float(data.min()), float(data.max())
    scale = _TOP / (high - low) if high > low else 0.0
    out = np.empty(data.shape, np.uint16)
    for band in bands((data.shape[0], data.shape[1])):
        out[band] = np.round((data[band].astype(np.float64) - low) * scale)
    return out


def unit_as_16_bit(data: FloatArray) -> AnyArray:
    """Return intensities (Y, X), 0 to 0 and 1 to 65,535, what is beyond clipped; on disk where they are many."""
    out = scratch_array((data.shape[0], data.shape[1]), np.uint16)
    for band in bands((data.shape[0], data.shape[1])):
        out[band] = np.round(np.clip(data[band], 0.0, 1.0) * _TOP)
    return out
