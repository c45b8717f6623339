"""The state of a training in a file, whole or not there: tensors and plain values, in nested dicts and lists."""

import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelbridge.core import InputError
from labelbridge.io.atomic import atomic_path

__all__ = ["read_state", "write_state"]

_UNREADABLE = (OSError, EOFError, KeyError, RuntimeError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile)


def write_state(state: Mapping[str, Any], path: Path) -> None:
    """Write a state, replacing an earlier one in one step, and only once its bytes are on the disk.

    Raises
    ------
    InputError
        Where the disk does not take it.
    """
    import torch

    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as file:
        try:
            torch.save(dict(state), file)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):  # PyTorch hides a full disk behind a failure of its own
                raise error.__context__ from error
            raise
        file.flush()
        os.fsync(file.fileno())


def read_state(path: Path) -> dict[str, Any]:
    """Read a state, on the CPU, without running anything that is in the file.

    Raises
    ------
    InputError
        Where it is damaged or no state.
    """
    import torch

    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # PyTorch does not compare checksums
        if damaged:
            raise ValueError(f"{damaged} does not have its checksum")
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise InputError(f"{path}: got a state that cannot be read ({error}), expected a whole one.") from error
    return state
