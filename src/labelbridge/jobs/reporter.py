"""The reporter of a running job: progress into its folder, STOP out of it."""

import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from labelbridge.core import Cancelled, FloatArray, InputError, Reporter
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.status import JobProgress, JobStatus
from labelbridge.jobs.timeleft import TimeLeft

__all__ = ["JobReporter"]

_WRITE_EVERY_S = 1.0
_LOOK_EVERY_S = 0.5
_HEARTBEAT_EVERY_S = 2.0
"""Where the task says nothing for long; readers give up after ten seconds."""

_logger = logging.getLogger(__name__)


class JobReporter(Reporter):
    """Writes status.json and progress events, at most once a second or at a new stage, and passes everything on.

    A disk that does not take the news does not end the job: the next checkpoint decides. Nor does a failing listener;
    from then on it is only asked whether to stop.

    Parameters
    ----------
    folder
        The job.
    inner
        A listener that is told as well, and may ask to stop.
    """

    def __init__(self, folder: JobFolder, inner: Reporter | None = None) -> None:
        self._folder = folder
        self._inner = inner or Reporter()
        self._status = JobStatus.queued_here()
        self._writing = threading.Lock()
        self._time_left = TimeLeft()
        self._asked = False
        self._listener_failed = False
        self._written_s = self._told_s = self._looked_s = -math.inf
        self._stage = ""
        self._complete = False

    def wait(self, sentence: str) -> None:
        """Write that the job waits for its turn, and why; raises InputError where the disk does not take it."""
        if sentence == self._status.message and self._written_s > -math.inf:
            return
        self._status = self._status.model_copy(update={"message": sentence})
        self._write()

    def begin(self) -> None:
        """Write that the job runs; raises InputError where the disk does not take it."""
        self._status = JobStatus.running_here()
        self._write()
        self._tell("started")

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Write the heartbeat every two seconds from a thread: a long step of the task must not look like death."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(_HEARTBEAT_EVERY_S):
                self._beat()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def end(self, status: JobStatus) -> None:
        """Write how the job ended, be the disk full or not."""
        self._status = status
        with suppress(OSError, InputError), self._writing:
            self._folder.write_last_status(status)
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
        complete = done >= total
        news = stage != self._stage or (complete and not self._complete)
        self._stage, self._complete = stage, complete
        left_s = self._time_left.after(float(done), float(total), stage)
        progress = JobProgress(done=float(done), total=float(total), stage=stage, left_s=left_s)
        self._status = self._status.model_copy(update={"progress": progress})
        self._beat(at_once=news)
        if news or time.monotonic() - self._told_s >= _WRITE_EVERY_S:
            self._told_s = time.monotonic()
            self._tell("progress", done=progress.done, total=progress.total, stage=stage)
        self._pass_on(lambda: self._inner.progress(done, total, stage))

    def metrics(self, step: int, **values: float) -> None:
        """Write the numbers of a training step; single-element arrays and tensors count as numbers."""
        self._beat()
        self._tell("metrics", step=int(step), **{name: float(value) for name, value in values.items()})
        self._pass_on(lambda: self._inner.metrics(step, **values))

    def preview(self, name: str, image: FloatArray) -> None:
        """Write the picture among the previews, and pass it on; axes (Y, X) or (Y, X, RGB), float32 in [0, 1]."""
        self._beat()
        try:
            file = self._folder.write_preview(name, image)
        except InputError as error:
            _logger.warning("%s", error)
        else:
            self._tell("preview", name=name, file=file.relative_to(self._folder.path).as_posix())
        self._pass_on(lambda: self._inner.preview(name, image))

    def say(self, sentence: str) -> None:
        """Write the sentence among the events and into the log, and pass it on."""
        self._tell("said", sentence=sentence)
        with suppress(OSError):  # the disk may be full
            sys.stdout.write(f"{sentence}\n")
        self._pass_on(lambda: self._inner.say(sentence))

    def should_stop(self) -> bool:
        """Look at the signals, at STOP in the folder (twice a second) and at the inner reporter.

        A folder that was deleted is a wish to stop, too: nothing can be saved in it.
        """
        stop = self._asked or self._finds_stop_file() or self._inner.should_stop()
        if stop and self._status.state != "stopping":
            self._status = self._status.model_copy(update={"state": "stopping"})
            self._beat(at_once=True)
        else:
            self._beat()
        return stop

    def _finds_stop_file(self) -> bool:
        if time.monotonic() - self._looked_s < _LOOK_EVERY_S:
            return False
        self._looked_s = time.monotonic()
        self._asked = self._folder.stop_file.exists() or not self._folder.path.is_dir()
        return self._asked

    def _beat(self, *, at_once: bool = False) -> None:
        """Write the status with the time of now, once a second or `at_once`."""
        if not at_once and time.monotonic() - self._written_s < _WRITE_EVERY_S:
            return
        try:
            self._write()
        except (OSError, InputError) as error:
            _logger.warning("%s", error)

    def _write(self) -> None:
        with self._writing:
            self._written_s = time.monotonic()
            self._folder.write_status(self._status.model_copy(update={"heartbeat_s": time.time()}))

    def _tell(self, kind: str, **values: float | str | None) -> None:
        try:
            self._folder.add_event(kind, **values)
        except OSError as error:
            _logger.warning("%s: %s", self._folder.events_file, error.strerror)

    def _pass_on(self, tell: Callable[[], None]) -> None:
        if self._listener_failed:
            return
        try:
            tell()
        except Cancelled:
            raise
        except Exception:
            self._listener_failed = True
            _logger.exception("What listens to the job failed; the job goes on without it.")
