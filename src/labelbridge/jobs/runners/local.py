"""Jobs on this computer: processes of their own, which outlive whoever started them."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from labelbridge.core import InputError
from labelbridge.io.atomic import saying_why
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.status import JobStatus

__all__ = ["LocalRunner", "ways_to_detach"]

_ENTRY = (sys.executable, "-P", "-m", "labelbridge.jobs.entry", "--in-turn")
_END_WITHIN_S = 10.0
_NEW_GROUP, _NO_WINDOW, _BREAKAWAY = 0x0000_0200, 0x0800_0000, 0x0100_0000
"""Windows' flags CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW and CREATE_BREAKAWAY_FROM_JOB."""

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
        """Start the process of a prepared job, and write which one it is; see `Runner`."""
        path = folder.path.resolve()
        with folder.held():
            with saying_why(folder.log_file), folder.log_file.open("ab") as log:
                process = _start([*self._command, str(path)], log.fileno(), Path(path.anchor))
            threading.Thread(target=process.wait, name=f"job {process.pid}", daemon=True).start()
            with suppress(InputError):  # until it says so itself, which it does in any case
                folder.write_status(JobStatus.queued_for(process.pid))

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


def ways_to_detach(platform: str) -> tuple[Mapping[str, Any], ...]:
    """Return how `subprocess.Popen` starts what outlives its parent and its parent's terminal, the best way first.

    On Windows the process has a console that nobody sees: one without any would open a window for each Python that it
    starts, be it that of a virtual environment, which starts another one. It leaves the group of processes that some
    terminals end together, where that lets it.

    Parameters
    ----------
    platform
        As `sys.platform`.
    """
    if platform != "win32":
        return ({"start_new_session": True},)
    alone = _NEW_GROUP | _NO_WINDOW
    return {"creationflags": alone | _BREAKAWAY}, {"creationflags": alone}


def _start(command: list[str], log: int, place: Path) -> "subprocess.Popen[bytes]":
    """Start a process that neither the end of this one nor that of its terminal reaches."""
    for way in ways_to_detach(sys.platform):
        with suppress(PermissionError):  # Windows' answer where a terminal lets no process out of its group
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place, **way)
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
