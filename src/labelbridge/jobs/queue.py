"""The queue of jobs on this computer, without anybody who keeps it.

Each waiting process has a ticket, a file that it keeps locked; the names of tickets sort by time. Who has the oldest
ticket that is still locked takes the next place to compute that is free: a file, too, which it keeps locked while its
job runs. The system takes the locks of a process away when it ends, however it ends, so the next one begins whether or
not a window is open.
"""

import os
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from labelbridge.core import InputError
from labelbridge.io.atomic import saying_why
from labelbridge.io.filelock import is_locked, try_lock
from labelbridge.io.userdata import user_data_folder
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.slots import Slots, slots_for

__all__ = ["turn"]

_LOOK_EVERY_S = 0.5
_NEW_S = 60.0
"""A ticket that is not locked may be one that is about to be."""


@contextmanager
def turn(settings: Mapping[str, object], telling: JobReporter) -> Iterator[None]:
    """Wait until the job's device is free and the jobs before it have begun, and keep it until the end of the block.

    Parameters
    ----------
    settings
        Of the job: ``device`` and ``devices`` say where it computes.
    telling
        Writes that the job waits, and is asked whether to stop.

    Raises
    ------
    Cancelled
        Where the job was stopped while it waited.
    InputError
        Where the queue's folder cannot be written to or knows no locks.
    """
    telling.wait("Looks for a place to compute on.")
    slots = slots_for(settings)
    folder = user_data_folder() / "jobs" / ".queue" / _here() / slots.device
    with saying_why(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with _ticket(folder) as ticket:
            _wait(folder, ticket, slots, held, telling)
        yield


def _wait(folder: Path, ticket: Path, slots: Slots, held: ExitStack, telling: JobReporter) -> None:
    taken: list[str] = []
    while True:
        telling.checkpoint()
        before = _before(folder, ticket)
        if not before:
            taken += _take(folder, [name for name in slots.names if name not in taken], slots.needed - len(taken), held)
            if len(taken) >= slots.needed:
                slots.take(taken)
                return
        others = f", queued before it: {before}" if before else ""
        telling.wait(f"Waits until the {slots.device} is free{others}.")
        time.sleep(_LOOK_EVERY_S)


def _take(folder: Path, names: list[str], wanted: int, held: ExitStack) -> list[str]:
    """Lock up to so many of the places, until `held` ends; return their names."""
    taken: list[str] = []
    for name in names:
        if len(taken) == wanted:
            break
        file = _open(folder / f"{_plain(name)}.place")
        if _lock(file, folder):
            held.enter_context(file)
            taken.append(name)
        else:
            file.close()
    return taken


@contextmanager
def _ticket(folder: Path) -> Iterator[Path]:
    path = folder / f"{time.time_ns():020d}-{os.getpid()}.ticket"
    try:
        with _open(path) as file:
            _lock(file, folder)
            yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _before(folder: Path, ticket: Path) -> int:
    """Return how many living tickets are older, and remove what killed processes left of theirs."""
    older = [file for file in folder.glob("*.ticket") if file.name < ticket.name]
    left = [file for file in older if not is_locked(file)]
    for file in left:
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _NEW_S:
                file.unlink()
    return len(older) - len(left)


def _open(path: Path) -> BinaryIO:
    with saying_why(path):
        return path.open("ab", buffering=0)


def _lock(file: BinaryIO, folder: Path) -> bool:
    try:
        return try_lock(file)
    except OSError as error:
        raise InputError(
            f"{folder}: got a disk without locks ({error.strerror}), expected one where jobs can queue; set "
            "LABELBRIDGE_HOME to a folder on a disk of this computer."
        ) from error


def _here() -> str:
    """Return this computer's name as a folder's: several may share the folder, and each has its own cards."""
    return _plain(socket.gethostname())


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name) or "_"
