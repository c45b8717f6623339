"""From the grey values of a mask file to classes, refusing values that mean nothing."""

from pathlib import Path

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, BoolArray, FloatArray, InputError
from labelbridge.io.decode import read_pixels
from labelbridge.io.images import select_plane

__all__ = ["AXON_VALUE", "MYELIN_VALUE", "ON_VALUE", "read_class_mask", "read_combined_mask"]

ON_VALUE = 255
"""Stands for the class in a mask of one class."""

MYELIN_VALUE = 127
"""Stands for myelin in a mask of axon and myelin."""

AXON_VALUE = 255
"""Stands for axon in a mask of axon and myelin."""

_FULL = 255.0
_FULL_16_BIT = 65_535.0
_NEAR = 25.0
_MYELIN_RANGE = (100.0, 200.0)
_MOST_OF_ONE_LEVEL = 0.2
_MOST_OF_ALL_LEVELS = 0.4
_SHOWN = 8


def read_class_mask(path: Path) -> BoolArray:
    """Read a mask of one class: 0 and 255 (split in the middle; soft edges are fine) or 0 and 1.

    Returns
    -------
    BoolArray
        (Y, X), True where the class is.

    Raises
    ------
    InputError
        Where the file cannot be read or holds values of another kind.
    """
    expected = "0 outside and 255 (or 1) inside"
    values = _scaled(path, levels=1, expected=expected)
    _check_levels(path, values, (values > _NEAR) & (values < _FULL - _NEAR), expected)
    return values > _FULL / 2


def read_combined_mask(path: Path) -> dict[str, BoolArray]:
    """Read axon and myelin from one file: 0 background, 127 myelin, 255 axon, or 0, 1 and 2 with the same meaning.

    Values are told apart as AxonDeepSeg does: axon above 200, myelin from 100 to 200.

    Returns
    -------
    dict[str, BoolArray]
        ``axon`` and ``myelin``, each (Y, X).

    Raises
    ------
    InputError
        Where the file cannot be read or holds other values.
    """
    expected = "0 background, 127 myelin and 255 axon (or 0, 1 and 2)"
    values = _scaled(path, levels=2, expected=expected)
    low, high = _MYELIN_RANGE
    _check_levels(path, values, (values > _NEAR) & (values < low), expected)
    return {AXON: values > high, MYELIN: (values >= low) & (values <= high)}


def _scaled(path: Path, levels: int, expected: str) -> FloatArray:
    """Return the values on a scale from 0 to 255, whichever way the file counts; small integers count `levels`."""
    values = select_plane(path, read_pixels(path, palette_indices=True), None)
    if not np.isfinite(values).all() or values.min() < 0:
        raise _unknown(path, values, expected)
    top = float(values.max())
    if top <= 1 and bool(((values > 0) & (values < 1)).any()):
        return values * np.float32(_FULL)
    if top <= _NEAR:
        if not np.isin(values, range(levels + 1)).all():
            raise _unknown(path, values, expected)
        return values * np.float32(_FULL / levels)
    return values * np.float32(_FULL / _FULL_16_BIT) if top > _FULL else values


def _check_levels(path: Path, values: FloatArray, odd: BoolArray, expected: str) -> None:
    """Refuse odd values where they are areas or many; as thin soft edges between classes they are welcome."""
    if not odd.any():
        return
    counts = np.unique(values[odd], return_counts=True)[1]
    labelled = int((values > _NEAR).sum())
    too_many = counts.max() > _MOST_OF_ONE_LEVEL * labelled or counts.sum() > _MOST_OF_ALL_LEVELS * labelled
    if too_many or _has_flat_area(values, odd):
        raise _unknown(path, values, expected)


def _has_flat_area(values: FloatArray, where: BoolArray) -> bool:
    """Tell whether 3 x 3 pixels of one same value lie in `where`: a class of its own, not the soft edge of another."""
    height, width = values.shape
    flat = where[1:-1, 1:-1].copy()
    for y in range(3):
        for x in range(3):
            flat &= values[y : height - 2 + y, x : width - 2 + x] == values[1:-1, 1:-1]
    return bool(flat.any())


def _unknown(path: Path, values: AnyArray, expected: str) -> InputError:
    levels, counts = np.unique(values, return_counts=True)
    most = np.sort(levels[np.argsort(counts)[::-1][:_SHOWN]])
    shown = ", ".join(f"{level:g}" for level in most) + (", ..." if len(levels) > _SHOWN else "")
    return InputError(f"{path}: got the mask values {shown}, expected {expected}; export the mask again.")
