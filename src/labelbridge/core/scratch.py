"""Room for arrays that may not fit in memory."""

import glob
import os
import platform
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import DTypeLike

from labelbridge.core.arrays import AnyArray
from labelbridge.core.errors import InputError

__all__ = ["IN_MEMORY_BYTES", "make_scratch_folder", "scratch_array", "scratch_folder"]

IN_MEMORY_BYTES = 256 * 2**20
"""Larger arrays go to the disk."""


def scratch_folder() -> Path:
    """Return the folder for arrays on disk: LABELBRIDGE_SCRATCH where set, else the system's temporary folder."""
    return Path(os.environ.get("LABELBRIDGE_SCRATCH") or tempfile.gettempdir())


def scratch_array(shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
    """Return an array to fill, zero at first: in memory where it is small, else on disk, mapped into memory.

    The file of a mapped array has no name that outlives the array: it goes when the array does, also after a crash.

    Parameters
    ----------
    shape, dtype
        As `numpy.zeros` takes them.

    Raises
    ------
    InputError
        Where the disk has no room for it.
    """
    kind: np.dtype[Any] = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if size <= IN_MEMORY_BYTES:
        return np.zeros(shape, kind)
    folder = scratch_folder()
    try:
        free = shutil.disk_usage(folder).free
        if free >= size:
            with tempfile.TemporaryFile(dir=folder, prefix="labelbridge-") as file:
                return np.memmap(file, kind, "w+", shape=shape)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot hold temporary data ({error.strerror}); set LABELBRIDGE_SCRATCH to a folder that can."
        ) from error
    raise InputError(
        f"{folder}: got {free / 1e9:.1f} GB free, expected at least {size / 1e9:.1f} GB for temporary data; free some "
        "space or set LABELBRIDGE_SCRATCH to a folder on a larger disk."
    )


def make_scratch_folder(owner: object) -> Path:
    """Make a folder for temporary data that goes when `owner` does; what a killed process left there goes now.

    Raises
    ------
    InputError
        Where it cannot be made.
    """
    host = f"labelbridge-{platform.node() or 'here'}-"
    try:
        for left in scratch_folder().glob(f"{glob.escape(host)}*"):
            process = left.name.removeprefix(host).partition("-")[0]
            if process.isdecimal() and not psutil.pid_exists(int(process)):
                shutil.rmtree(left, ignore_errors=True)
        folder = tempfile.mkdtemp(dir=scratch_folder(), prefix=f"{host}{os.getpid()}-")
    except OSError as error:
        raise InputError(
            f"{scratch_folder()}: cannot hold temporary data ({error.strerror}); set LABELBRIDGE_SCRATCH to a folder "
            "that can."
        ) from error
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
