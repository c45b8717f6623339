"""Jobs on this computer: processes of their own, which outlive whoever started them."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from labelbridge.core import InputError
from labelbridge.io.atomic import saying_why
from labelbridge.jobs.folder import JobFolder

__all__ = ["LocalRunner"]

_ENTRY = (sys.executable, "-P", "-m", "labelbridge.jobs.entry", "--in-turn")
_END_WITHIN_S = 10.0
_ENDED = "The job was ended at once; resume it to continue from its last checkpoint."


class LocalRunner:
    """Detached processes that wait for their turn: one job at a time on each graphics card and, by default, the CPU.

    Parameters
    ----------
    command
        What is started, with the folder as last argument.
    """

    def __init__(self, command: Sequence[str] = _ENTRY) -> None:
        self._command = tuple(command)

    def submit(self, folder: JobFolder) -> None:
        """Start the process of a prepared job; see `Runner`."""
        path = folder.path.resolve()
        with saying_why(folder.log_file), folder.log_file.open("ab") as log:
            process = _start([*self._command, str(path)], log.fileno(), Path(path.anchor))
        threading.Thread(target=process.wait, name=f"job {process.pid}", daemon=True).start()

    def is_alive(self, folder: JobFolder) -> bool:
        """Return whether its process lives on this computer; see `Runner`."""
        return folder.status().process() is not None

    def end(self, folder: JobFolder) -> None:
        """End the process and those that it started; see `Runner`."""
        status = folder.status()
        process = status.process()
        if process is None:
            if status.state != "ended":
                raise InputError(f"{folder.path}: this job runs on {status.host or 'no computer yet'}; end it there.")
            return
        _end([*_children(process), process])
        with folder.held():
            if not folder.result.exists():
                folder.write_status(status.ended("cancelled", _ENDED))


def _start(command: list[str], log: int, place: Path) -> "subprocess.Popen[bytes]":
    """Start a process that neither the end of this one nor that of its terminal reaches."""
    if sys.platform != "win32":
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place, start_new_session=True
        )
    alone = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    for flags in (alone | subprocess.CREATE_BREAKAWAY_FROM_JOB, alone):
        with suppress(PermissionError):  # some terminals let no process out of their job
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place, creationflags=flags
            )
    raise InputError(f"got no permission to start {command[0]}; ask whoever looks after this computer.")


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return list(process.children(recursive=True))
    return []


def _end(processes: Sequence[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.Error):
            one.kill()
    _, living = psutil.wait_procs(processes, timeout=_END_WITHIN_S)
    if living:
        raise InputError(f"got a process that cannot be ended ({living[0].pid}); end it with the system's means.")
