"""Locks on open files, which the system takes away when their process ends, however it ends."""

import sys
import time
from pathlib import Path
from typing import BinaryIO

from labelbridge.core import InputError

__all__ = ["is_locked", "lock"]

_PAUSE_S = 0.05
"""Somebody who asks whether a file is locked holds it for a moment."""

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**31 - 2
    """Windows lets nobody read what is locked, so lock a byte where no journal has any; further msvcrt cannot go."""

    def _try_lock(file: BinaryIO) -> None:
        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(place)

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock(file: BinaryIO, path: Path) -> None:
    """Lock an open file for as long as it stays open.

    Raises
    ------
    InputError
        Where it is locked already, by this process or another one, or its disk knows no locks.
    """
    try:
        try:
            _try_lock(file)
        except (BlockingIOError, PermissionError):
            time.sleep(_PAUSE_S)
            _try_lock(file)
    except (BlockingIOError, PermissionError) as error:
        raise InputError(
            f"{path}: this journal is in use by another window; close it there, then try again."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path}: cannot be locked ({error.strerror}); choose a folder on a disk of this computer for journals."
        ) from error


def is_locked(path: Path) -> bool:
    """Return whether a file is locked by this process or another one; False where it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        try:
            _try_lock(file)
        except OSError as error:
            return isinstance(error, BlockingIOError | PermissionError)
    return False
