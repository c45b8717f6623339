"""Locks on open files, which the system takes away when their process ends, however it ends."""

import os
import sys
import time
from pathlib import Path
from typing import BinaryIO
from weakref import WeakSet

__all__ = ["is_locked", "try_lock"]

_PAUSE_S = 0.05
"""Somebody who asks whether a file is locked holds it for a moment."""

_locked: "WeakSet[BinaryIO]" = WeakSet()

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**31 - 2
    """Windows lets nobody read what is locked, so lock a byte where no file has any; further msvcrt cannot go."""

    def _lock_at_once(file: BinaryIO) -> None:
        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(place)

else:
    import fcntl

    def _lock_at_once(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go() -> None:
        """Close in a forked child what its parent has locked: the lock would outlive the parent there."""
        for file in list(_locked):
            file.close()

    os.register_at_fork(after_in_child=_let_go)


def try_lock(file: BinaryIO) -> bool:
    """Lock an open file without a buffer for as long as it stays open.

    Returns
    -------
    bool
        False where it is locked already, by this process or another one.

    Raises
    ------
    OSError
        Where its disk knows no locks.
    """
    for pause_s in (_PAUSE_S, 0.0):
        try:
            _lock_at_once(file)
        except (BlockingIOError, PermissionError):
            time.sleep(pause_s)
        else:
            _locked.add(file)
            return True
    return False


def is_locked(path: Path) -> bool:
    """Return whether a file is locked by this process or another one; False where it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        try:
            _lock_at_once(file)
        except OSError as error:
            return isinstance(error, BlockingIOError | PermissionError)
    return False
