"""Running a job in this process."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

from labelbridge.core import Cancelled, Reporter
from labelbridge.io import patiently
from labelbridge.jobs.failures import explain
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.queue import turn
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import JobStatus
from labelbridge.jobs.stopping import stop_on_signals
from labelbridge.jobs.tasks import find_task

__all__ = ["run_job"]

_CANCELLED = "The job was stopped; resume it to continue."
_COMES_BACK = "It had to leave the place where it ran; its work is saved, and it goes on when its turn comes."


def run_job(
    folder: JobFolder,
    reporter: Reporter | None = None,
    *,
    in_turn: bool = False,
    comes_back: Callable[[], bool] = lambda: False,
) -> None:
    """Run a job to its end, whichever that is, and leave the ending in its folder.

    ::

        queued -> running -> ended: finished     the task returned; `result/` has its name
          |         |    +-> ended: failed       the task raised; the message says what
          +----+----+
               v
            stopping -> ended: cancelled         SIGINT, SIGTERM, STOP or the reporter asked; the work lies in
                     |                           `checkpoints/`
                     +-> queued                  the same, but the place where it runs will begin it again

    Parameters
    ----------
    folder
        A prepared job. What the task prints goes to its log.
    reporter
        Is told as well, and may ask to stop.
    in_turn
        Whether to wait until no other job of this user computes on the same device.
    comes_back
        Asked where the job was stopped: whether the place where it runs will begin it again by itself.

    Raises
    ------
    Cancelled
        Where the job was stopped.
    InputError
        Where the job is finished or another process works on it, the task found something of the user's that cannot be
        used, or the job's folder was deleted.
    Exception
        Whatever else the task raised.
    """
    spec = folder.spec()
    folder.check_startable()
    with (
        folder.held(),
        _open_log(folder.log_file) as log,
        _logging_to(log),
        redirect_stdout(log),
    ):
        folder.check_startable()  # once more: whoever held it may have finished it
        telling = JobReporter(folder, reporter)
        try:
            with (
                stop_on_signals(telling.ask_stop),
                telling.beating(),
                turn(spec.settings, telling) if in_turn else nullcontext(),
            ):
                said = _run(folder, spec, telling)
        except (Cancelled, KeyboardInterrupt) as stop:
            folder.check_there()
            cancelled = telling.status.ended("cancelled", _CANCELLED)
            queued = JobStatus(message=_COMES_BACK, progress=telling.status.progress)
            telling.end(queued if comes_back() else cancelled)
            raise Cancelled(f"{folder.path}: the job was stopped; continue it with --resume.") from stop
        except BaseException as error:
            with suppress(OSError):  # the disk may be full
                traceback.print_exc(file=log)
                log.flush()
            telling.end(telling.status.ended("failed", explain(error, folder.path)))
            raise
        where = f"The result is in {folder.result.name}/."
        telling.end(telling.status.ended("finished", f"{said} {where}" if said else where))


def _run(folder: JobFolder, spec: JobSpec, telling: JobReporter) -> str | None:
    """Do the task, and return what it says of its result."""
    folder.start_afresh()
    telling.begin()
    telling.checkpoint()
    said = find_task(spec.task)(spec.settings, folder.checkpoints, folder.partial_result, telling)
    patiently(lambda: folder.partial_result.replace(folder.result))
    return said


@contextmanager
def _open_log(file: Path) -> Iterator[TextIO]:
    """Open the log; a full disk that does not take its last lines must not hide how the job ended."""
    log = file.open("a", buffering=1, encoding="utf-8")
    try:
        yield log
    finally:
        with suppress(OSError):
            log.close()


@contextmanager
def _logging_to(log: TextIO) -> Iterator[None]:
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("labelbridge")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
