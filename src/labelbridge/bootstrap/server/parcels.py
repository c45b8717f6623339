"""Values with large arrays, handed to another process as a folder: the arrays are files that are mapped into memory.

Unlike the system's shared memory such files have no small limit in containers, are cleaned up after a process that was
killed (`core.make_scratch_folder`), and what they hold need not fit in memory.
"""

import math
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from labelbridge.core import AnyArray, scratch_array
from labelbridge.io.atomic import saying_why

__all__ = ["read_parcel", "write_parcel"]

_INLINE_BYTES = 4096
_PART_BYTES = 2**24
_VALUE = "value.pickle"

_Reference: TypeAlias = tuple[str, str, tuple[int, ...]]
"""Name of the file, dtype and shape of an array."""


def write_parcel(folder: Path, value: object, check: Callable[[], None] = lambda: None) -> None:
    """Write a value into a new folder.

    Parameters
    ----------
    folder
        Where to; it must not exist.
    value
        Anything that can be pickled; arrays within it become files.
    check
        Called again and again; may raise to end the writing.

    Raises
    ------
    InputError
        Where the disk does not take it.
    """
    with saying_why(folder):
        folder.mkdir()
        try:
            with (folder / _VALUE).open("wb") as stream:
                _Packer(stream, folder, check).dump(value)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def read_parcel(folder: Path, *, own: bool, check: Callable[[], None] = lambda: None) -> Any:
    """Return the value in a parcel that one of our own processes wrote.

    Parameters
    ----------
    folder
        As `write_parcel` wrote it.
    own
        Copy the arrays, so that they may be written to and the folder may go; else they are mapped, read-only.
    check
        Called again and again; may raise to end the reading.

    Raises
    ------
    InputError
        Where the folder is gone, or the disk has no room for the copies.
    """
    with saying_why(folder), (folder / _VALUE).open("rb") as stream:
        return _Unpacker(stream, folder, own, check).load()


class _Packer(pickle.Pickler):
    def __init__(self, stream: BinaryIO, folder: Path, check: Callable[[], None]) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self._folder, self._check = folder, check
        self._written: dict[int, tuple[AnyArray, _Reference]] = {}

    def persistent_id(self, value: object) -> _Reference | None:
        """Write a large array into a file of its own, once, and return what stands for it."""
        if not isinstance(value, np.ndarray) or value.nbytes <= _INLINE_BYTES or value.dtype.hasobject:
            return None
        if id(value) not in self._written:
            reference = f"{len(self._written)}.raw", value.dtype.str, value.shape
            with (self._folder / reference[0]).open("wb", buffering=0) as file:
                for part in _parts(value, self._check):
                    file.write(np.ascontiguousarray(value[part]).reshape(-1).view(np.uint8).data)
            self._written[id(value)] = value, reference
        return self._written[id(value)][1]


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: BinaryIO, folder: Path, own: bool, check: Callable[[], None]) -> None:
        super().__init__(stream)
        self._folder, self._own, self._check = folder, own, check

    def persistent_load(self, reference: _Reference) -> AnyArray:
        """Return the array in a file."""
        name, kind, shape = reference
        mapped = np.asarray(np.memmap(self._folder / name, np.dtype(kind), "r", shape=shape))
        if not self._own:
            return mapped
        copy = scratch_array(shape, np.dtype(kind))
        for part in _parts(mapped, self._check):
            copy[part] = mapped[part]
        return copy


def _parts(array: AnyArray, check: Callable[[], None]) -> Iterator[slice]:
    """Cut an array along its first axis into parts that are quick to copy."""
    step = max(1, math.floor(_PART_BYTES * len(array) / array.nbytes))
    for start in range(0, len(array), step):
        check()
        yield slice(start, start + step)
