"""Following a job from a terminal."""

import time

from labelbridge.cli.console import ConsoleReporter
from labelbridge.core import Cancelled, LabelBridgeError
from labelbridge.jobs import EventReader, JobFolder, JobStatus

__all__ = ["watch"]

_LOOK_EVERY_S = 0.5


def watch(folder: JobFolder) -> None:
    """Show a job's progress until it ends or Ctrl-C, which leaves the job running.

    Raises
    ------
    Cancelled
        Where the job was stopped.
    LabelBridgeError
        Where it failed or is lost.
    """
    reporter = ConsoleReporter()
    try:
        status = _follow(folder, reporter)
    except KeyboardInterrupt:
        reporter.say("The job goes on; `labelbridge jobs stop` stops it.")
        return
    if status.ending == "cancelled":
        raise Cancelled(f"{folder.path}: {status.message}")
    if status.ending != "finished":
        raise LabelBridgeError(f"{folder.path}: {status.message}")
    reporter.say(f"Finished; the result is in {folder.result}")


def _follow(folder: JobFolder, reporter: ConsoleReporter) -> JobStatus:
    """Tell what is new, again and again, and return how the job ended."""
    events, waits_for = EventReader(folder.events_file), ""
    while True:
        status = folder.status()
        for event in events.read():
            if event.get("event") == "said":
                reporter.say(str(event.get("sentence")))
        if status.state == "ended":
            return status
        if status.state == "queued" and status.message != waits_for:
            waits_for = status.message
            reporter.say(waits_for)
        if status.progress:
            reporter.progress(status.progress.done, status.progress.total, status.progress.stage)
        time.sleep(_LOOK_EVERY_S)
