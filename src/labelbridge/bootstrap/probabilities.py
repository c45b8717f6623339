"""Class probabilities of a whole image, on disk where they do not fit in memory."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from labelbridge.core import ClassMap, FloatArray, InputError, bands, make_scratch_folder, scratch_folder

__all__ = ["BAND_ROWS", "ClassPlane", "Probabilities"]

BAND_ROWS = 256
"""Rows of a band, and of a chunk on disk."""

_CHUNK_COLUMNS = 1024
_IN_MEMORY_BYTES = 512 * 2**20


class Probabilities:
    """Probabilities (class, Y, X) that are written and read by bands of rows.

    In memory (float32) where they are small, else a compressed zarr array (float16) in the scratch folder, which goes
    when this object does.

    Parameters
    ----------
    classes
        Names of the first axis.
    shape
        Height and width in px.

    Raises
    ------
    InputError
        Where the scratch folder cannot be written to.
    """

    def __init__(self, classes: ClassMap, shape: tuple[int, int]) -> None:
        self.classes = classes
        self.shape = shape
        full = (len(classes), *shape)
        is_small = int(np.prod(full, dtype=np.int64)) * 4 <= _IN_MEMORY_BYTES
        self._data: Any = np.zeros(full, np.float32) if is_small else self._on_disk(full)

    def fill(self, parts: Iterator[FloatArray]) -> None:
        """Write bands of any height (class, rows, X) that follow each other from the top to the bottom."""
        waiting: list[FloatArray] = []
        top = 0
        for part in parts:
            waiting.append(part)
            rows = sum(one.shape[1] for one in waiting)
            if rows >= BAND_ROWS or top + rows == self.shape[0]:
                joined = np.concatenate(waiting, axis=1)
                keep = 0 if top + rows == self.shape[0] else rows % BAND_ROWS
                self.write(top, joined[:, : rows - keep])
                top += rows - keep
                waiting = [joined[:, rows - keep :]] if keep else []

    def bands(self) -> Iterator[slice]:
        """Cut the rows into bands that are quick to read and write."""
        return bands(self.shape, rows=BAND_ROWS)

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return rows `start` to `stop` of every class: (class, rows, X), float32."""
        return np.asarray(self._data[:, start:stop], np.float32)

    def plane(self, value: int) -> "ClassPlane":
        """Return the probabilities of one class as a plane."""
        return ClassPlane(self._data, value)

    def write(self, top: int, band: FloatArray) -> None:
        """Replace the rows from `top` on by those of `band` (class, rows, X)."""
        try:
            self._data[:, top : top + band.shape[1]] = band
        except OSError as error:
            raise InputError(
                f"{scratch_folder()}: cannot hold temporary data ({error.strerror or error}); free some space or set "
                "LABELBRIDGE_SCRATCH to a folder on a larger disk."
            ) from error

    def _on_disk(self, shape: tuple[int, ...]) -> Any:
        import zarr

        chunks = (1, BAND_ROWS, min(shape[2], _CHUNK_COLUMNS))
        return zarr.create_array(make_scratch_folder(self), shape=shape, chunks=chunks, dtype="float16")


class ClassPlane:
    """One class of stored probabilities; implements `core.Plane`."""

    def __init__(self, data: Any, value: int) -> None:
        self._data = data
        self._value = value

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return self._data.shape[1], self._data.shape[2]

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return rows `start` to `stop`: (Y, X), float32."""
        return np.asarray(self._data[self._value, start:stop], np.float32)
