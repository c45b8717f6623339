"""The reporter of a running job: progress into its folder, STOP out of it."""

import logging
import time
from contextlib import suppress

from labelbridge.core import FloatArray, InputError, Reporter
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.status import JobProgress, JobStatus

__all__ = ["JobReporter"]

_WRITE_EVERY_S = 1.0

_log = logging.getLogger(__name__)


class JobReporter(Reporter):
    """Writes status.json and events.jsonl, at most once a second, and passes everything on.

    A disk that does not take the news does not end the job: the next checkpoint decides.

    Parameters
    ----------
    folder
        The job.
    inner
        A reporter that is told as well, and may ask to stop.
    """

    def __init__(self, folder: JobFolder, inner: Reporter | None = None) -> None:
        self._folder = folder
        self._inner = inner or Reporter()
        self._status = JobStatus.running_here()
        self._asked = False
        self._written_s = 0.0
        self._stage = ""

    def begin(self) -> None:
        """Write that the job runs; raises InputError where the disk does not take it."""
        self._folder.write_status(self._status)
        self._tell("started")

    def end(self, status: JobStatus) -> None:
        """Write how the job ended."""
        with suppress(OSError, InputError):
            self._folder.write_status(status)
        self._tell("ended", ending=status.ending, message=status.message)

    @property
    def status(self) -> JobStatus:
        """What was reported last."""
        return self._status

    def ask_stop(self) -> None:
        """Let the job end at its next safe point; may be called from a signal handler."""
        self._asked = True

    def progress(self, done: float, total: float, stage: str) -> None:
        """Write progress: each new stage, each end of one, and once a second in between."""
        news = stage != self._stage or done >= total or time.monotonic() - self._written_s >= _WRITE_EVERY_S
        self._stage = stage
        progress = JobProgress(done=done, total=total, stage=stage)
        self._status = self._status.model_copy(update={"progress": progress, "heartbeat_s": time.time()})
        if news:
            self._write()
            self._tell("progress", done=done, total=total, stage=stage)
        self._inner.progress(done, total, stage)

    def metrics(self, step: int, **values: float) -> None:
        """Write the numbers of a training step."""
        self._tell("metrics", step=step, **values)
        self._inner.metrics(step, **values)

    def preview(self, name: str, image: FloatArray) -> None:
        """Pass on."""
        self._inner.preview(name, image)

    def should_stop(self) -> bool:
        """Look at the signals, at STOP in the folder and at the inner reporter."""
        stop = self._asked or self._folder.stop_file.exists() or self._inner.should_stop()
        if stop and self._status.state != "stopping":
            self._status = self._status.model_copy(update={"state": "stopping"})
            self._write()
        return stop

    def _write(self) -> None:
        self._written_s = time.monotonic()
        try:
            self._folder.write_status(self._status)
        except InputError as error:
            _log.warning("%s", error)

    def _tell(self, kind: str, **values: float | str | None) -> None:
        try:
            self._folder.add_event(kind, **values)
        except OSError as error:
            _log.warning("%s: %s", self._folder.events_file, error.strerror)
