"""From the grey values of a mask file to classes, refusing values that mean nothing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, MYELIN, AnyArray, BoolArray, InputError
from labelbridge.io.decode import read_pixels
from labelbridge.io.images import select_plane
from labelbridge.io.lookup import count_values, look_up

__all__ = ["AXON_VALUE", "MYELIN_VALUE", "ON_VALUE", "read_class_mask", "read_combined_mask", "read_values"]

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

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Grey:
    """A plane as codes into a table of grey levels."""

    codes: AnyArray
    """(Y, X), unsigned whole numbers."""

    levels: _Floats
    """The grey level of each code."""

    counts: NDArray[np.int64]
    """How many pixels have each code."""

    @property
    def present(self) -> _Floats:
        """The levels that occur."""
        return self.levels[self.counts > 0]


def read_class_mask(path: Path, *, index: int | None = None) -> BoolArray:
    """Read a mask of one class: 0 and 255 (split in the middle; soft edges are fine) or 0 and 1.

    Parameters
    ----------
    path
        Image file.
    index
        Plane of a stack, from 0; None where there is but one.

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
    grey = _read(path, index)
    values = _scaled(path, grey, levels=1, expected=expected)
    _check_levels(path, grey, values, (values > _NEAR) & (values < _FULL - _NEAR), expected)
    return look_up(values > _FULL / 2, grey.codes)


def read_combined_mask(path: Path, *, index: int | None = None) -> dict[str, BoolArray]:
    """Read axon and myelin from one file: 0 background, 127 myelin, 255 axon, or 0, 1 and 2 with the same meaning.

    Values are told apart as AxonDeepSeg does: axon above 200, myelin from 100 to 200.

    Parameters
    ----------
    path, index
        As for `read_class_mask`.

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
    grey = _read(path, index)
    values = _scaled(path, grey, levels=2, expected=expected)
    low, high = _MYELIN_RANGE
    _check_levels(path, grey, values, (values > _NEAR) & (values < low), expected)
    return {
        AXON: look_up(values > high, grey.codes),
        MYELIN: look_up((values >= low) & (values <= high), grey.codes),
    }


def read_values(path: Path, *, index: int | None = None) -> AnyArray:
    """Read the values of a label image as they are.

    Parameters
    ----------
    path, index
        As for `read_class_mask`.

    Returns
    -------
    AnyArray
        (Y, X), unsigned, 8 or 16 bits.

    Raises
    ------
    InputError
        Where the file cannot be read, or its values are not whole numbers from 0 to 65,535.
    """
    data = read_pixels(path, index=index, palette_indices=True).data
    plane = data[..., 0]
    low, high = plane.min(initial=0), plane.max(initial=0)
    if data.shape[-1] > 1 or plane.dtype.kind not in "bui" or low < 0 or high > _FULL_16_BIT:
        raise InputError(
            f"{path}: got {data.shape[-1]} channels of {plane.dtype}, expected a label image: one channel of whole "
            "numbers, one for each class; export the labels again."
        )
    return plane.astype(np.uint8 if high <= _FULL else np.uint16, copy=False)


def _read(path: Path, index: int | None) -> _Grey:
    """Read a plane; one of 8 or 16 bits stays as it is."""
    pixels = read_pixels(path, index=index, palette_indices=True)
    if pixels.kind == "grey" and pixels.data.dtype in (np.bool_, np.uint8, np.uint16):
        codes = pixels.data[..., 0]
        codes = codes.view(np.uint8) if codes.dtype == np.bool_ else codes
        counts = count_values(codes)
        return _Grey(codes, np.arange(len(counts), dtype=np.float64), counts)
    plane = select_plane(path, pixels, None)
    levels, codes, counts = np.unique(plane, return_inverse=True, return_counts=True)
    return _Grey(codes.reshape(plane.shape), levels.astype(np.float64), counts)


def _scaled(path: Path, grey: _Grey, levels: int, expected: str) -> _Floats:
    """Return the levels on a scale from 0 to 255, whichever way the file counts; small integers count `levels`."""
    present = grey.present
    if not np.isfinite(present).all() or present.min(initial=0) < 0:
        raise _unknown(path, grey, expected)
    top = float(present.max(initial=0))
    if top <= 1 and bool(((present > 0) & (present < 1)).any()):
        return grey.levels * _FULL
    if top <= _NEAR:
        if not np.isin(present, range(levels + 1)).all():
            raise _unknown(path, grey, expected)
        return grey.levels * (_FULL / levels)
    return grey.levels * (_FULL / _FULL_16_BIT) if top > _FULL else grey.levels


def _check_levels(path: Path, grey: _Grey, values: _Floats, odd: BoolArray, expected: str) -> None:
    """Refuse odd values where they are areas or many; as thin soft edges between classes they are welcome."""
    counts = grey.counts[odd]
    if not counts.any():
        return
    labelled = int(grey.counts[values > _NEAR].sum())
    too_many = counts.max() > _MOST_OF_ONE_LEVEL * labelled or counts.sum() > _MOST_OF_ALL_LEVELS * labelled
    if too_many or _has_flat_area(grey.codes, look_up(odd, grey.codes)):
        raise _unknown(path, grey, expected)


def _has_flat_area(codes: AnyArray, where: BoolArray) -> bool:
    """Tell whether 3 x 3 pixels of one same value lie in `where`: a class of its own, not the soft edge of another."""
    height, width = codes.shape
    flat = where[1:-1, 1:-1].copy()
    for y in range(3):
        for x in range(3):
            flat &= codes[y : height - 2 + y, x : width - 2 + x] == codes[1:-1, 1:-1]
    return bool(flat.any())


def _unknown(path: Path, grey: _Grey, expected: str) -> InputError:
    levels, counts = grey.present, grey.counts[grey.counts > 0]
    most = np.sort(levels[np.argsort(counts)[::-1][:_SHOWN]])
    shown = ", ".join(f"{level:g}" for level in most) + (", ..." if len(levels) > _SHOWN else "")
    return InputError(f"{path}: got the mask values {shown}, expected {expected}; export the mask again.")
