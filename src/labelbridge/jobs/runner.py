"""Running a job in this process."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from labelbridge.core import Cancelled, LabelBridgeError, Reporter
from labelbridge.io import patiently
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.stopping import stop_on_signals
from labelbridge.jobs.tasks import find_task

__all__ = ["explain", "run_job"]

_CANCELLED = "The job was stopped; continue it with --resume."


def run_job(folder: JobFolder, reporter: Reporter | None = None) -> None:
    """Run a job to its end, whichever that is, and leave the ending in its folder.

    ::

        queued -> running -> ended: finished     the task returned; `result/` has its name
                    |    +-> ended: failed       the task raised; the message says what
                    v
                 stopping -> ended: cancelled    SIGINT, SIGTERM, STOP or the reporter asked; the work lies in
                                                 `checkpoints/`

    Parameters
    ----------
    folder
        A prepared job. What the task prints goes to its log.
    reporter
        Is told as well, and may ask to stop.

    Raises
    ------
    Cancelled
        Where the job was stopped.
    InputError
        Where the job is finished or running already, or the task found something of the user's that cannot be used.
    Exception
        Whatever else the task raised.
    """
    spec = folder.spec()
    folder.check_startable()
    telling = JobReporter(folder, reporter)
    folder.start_afresh()
    with folder.log_file.open("a", encoding="utf-8") as log, _logging_to(log), redirect_stdout(log):
        telling.begin()
        try:
            with stop_on_signals(telling.ask_stop):
                telling.checkpoint()
                find_task(spec.task)(spec.settings, folder.checkpoints, folder.partial_result, telling)
                patiently(lambda: folder.partial_result.replace(folder.result))
        except (Cancelled, KeyboardInterrupt) as stop:
            telling.end(telling.status.ended("cancelled", _CANCELLED))
            raise Cancelled(f"{folder.path}: {_CANCELLED}") from stop
        except BaseException as error:
            traceback.print_exc(file=log)
            telling.end(telling.status.ended("failed", explain(error)))
            raise
        telling.end(telling.status.ended("finished", f"The result is in {folder.result.name}/."))


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


def explain(error: BaseException) -> str:
    """Say in one line what went wrong."""
    lines = str(error).strip().splitlines()
    if isinstance(error, LabelBridgeError) and lines:
        return lines[0]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
