"""The worker thread: long work beside the window, told about in the window's thread."""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

from qtpy.QtCore import QObject, QTimer, Signal

from labelbridge.bootstrap.server import InferenceFailed
from labelbridge.bootstrap.server.failures import as_message
from labelbridge.core import Cancelled, FloatArray, InputError, Reporter
from labelbridge.jobs.timeleft import TimeLeft
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Work
from labelbridge.plugin.turns import short_turns

__all__ = ["CLOSE_S", "TaskWorker", "close_workers", "failure_of"]

CLOSE_S = 1.5
"""Longest time that the window waits for a task when it closes; what is left is a daemon that ends with the process."""

_PATIENCE_MS = 1900
"""So long a task may take to end after `cancel`; then it is told as cancelled and its thread left to itself."""

_TELL_EVERY_MS = 50

_logger = logging.getLogger(__name__)


class TaskWorker(QObject):
    """Runs one function at a time in a thread of its own; make it in the window's thread.

    What a task tells arrives in the order in which it was told. Of the progress only the latest is kept, and told
    twenty times a second: a loop of many quick steps cannot flood the window. What a task that was left behind by
    `close`, or hears nothing of `cancel`, still tells is dropped.
    """

    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._task: _Task | None = None
        self._left: list[Thread] = []
        self._arrived.connect(self._deliver)
        self._timer = QTimer(self)
        self._timer.setInterval(_TELL_EVERY_MS)
        self._timer.timeout.connect(self._tell_progress)

    @property
    def is_busy(self) -> bool:
        """Whether a task runs, or has ended and was not told of yet."""
        return self._task is not None

    def start(self, work: Work, listener: TaskListener) -> None:
        """Begin a task and return at once.

        Parameters
        ----------
        work
            Called in the thread. Its reporter tells when to stop: `checkpoint` then raises Cancelled.
        listener
            Told in the window's thread.

        Raises
        ------
        InputError
            Where a task runs.
        """
        if self._task is not None:
            raise InputError("Something else is being computed; wait until it is done, or cancel it.")
        self._task = _Task(work, listener, self._arrived.emit)
        self._timer.start()
        self._task.thread.start()

    def cancel(self) -> None:
        """Ask the task to stop at its next safe point; within two seconds it is told as cancelled."""
        if self._task is not None:
            self._task.asked_to_stop.set()
            QTimer.singleShot(_PATIENCE_MS, partial(self._leave, self._task))

    def close(self) -> None:
        """Ask the task to stop and wait for its thread, at most `CLOSE_S`; nothing is told any more."""
        close_workers([self])

    def ask_to_end(self) -> None:
        """Ask the task to stop; nothing is told any more."""
        if self._task is not None:
            self._let_go(self._task)

    def wait(self, until_s: float) -> None:
        """Wait for the threads of tasks that were left, until `time.monotonic` says this."""
        for thread in self._left:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _leave(self, task: "_Task") -> None:
        """Leave a task that hears nothing to itself."""
        if task is self._task:
            self._let_go(task)
            task.listener.cancelled()

    def _let_go(self, task: "_Task") -> None:
        task.asked_to_stop.set()
        self._timer.stop()
        self._task = None
        self._left = [thread for thread in (*self._left, task.thread) if thread.is_alive()]

    def _tell_progress(self) -> None:
        if self._task is not None and (latest := self._task.take_progress()):
            self._task.listener.progressed(latest)

    def _deliver(self, told: "_Told") -> None:
        if told.task is not self._task:
            return
        if told.is_end:
            self._tell_progress()
            self._timer.stop()
            self._task = None
            told.task.thread.join()
        told.tell()


def close_workers(workers: Sequence[TaskWorker]) -> None:
    """Close all of them together: none waits for another, and all of it takes at most `CLOSE_S`."""
    for worker in workers:
        worker.ask_to_end()
    until_s = time.monotonic() + CLOSE_S
    for worker in workers:
        worker.wait(until_s)


@dataclass(frozen=True, eq=False)
class _Told:
    """What a task has told, on its way to the window's thread."""

    task: "_Task"
    tell: Callable[[], object]
    is_end: bool = False


class _Task(Reporter):
    """A function in its thread, and the reporter that it is given."""

    def __init__(self, work: Work, listener: TaskListener, post: Callable[[_Told], object]) -> None:
        self.listener = listener
        self.asked_to_stop = Event()
        self.thread = Thread(target=self._run, name="labelbridge-worker", daemon=True)
        self._work, self._post = work, post
        self._latest: Progress | None = None
        self._time_left = TimeLeft()

    def take_progress(self) -> Progress | None:
        """Return the latest progress, once."""
        latest, self._latest = self._latest, None
        return latest

    def progress(self, done: float, total: float, stage: str) -> None:
        """Keep it until the window asks."""
        fraction = min(1.0, done / total) if total else None
        self._latest = Progress(stage, fraction, self._time_left.after(done, total, stage))

    def preview(self, name: str, image: FloatArray) -> None:
        """Tell the window."""
        self._tell(partial(self.listener.shown, name, image))

    def say(self, sentence: str) -> None:
        """Tell the window."""
        self._tell(partial(self.listener.said, sentence))

    def should_stop(self) -> bool:
        """Return whether the window has asked."""
        return self.asked_to_stop.is_set()

    def _run(self) -> None:
        with short_turns():
            end = self._end()
        self._tell(end, is_end=True)

    def _end(self) -> Callable[[], object]:
        """Do the work, and return what tells how it has ended."""
        try:
            result = self._work(self)
            self.checkpoint()
        except Cancelled:
            return self.listener.cancelled
        except (Exception, SystemExit) as error:
            _logger.info("the task failed", exc_info=error)
            return partial(self.listener.failed, failure_of(error))
        return partial(self.listener.finished, result)

    def _tell(self, tell: Callable[[], object], *, is_end: bool = False) -> None:
        with suppress(RuntimeError):  # the window is gone
            self._post(_Told(self, tell, is_end))


def failure_of(error: BaseException) -> Failure:
    """Return an error as the user reads it: one sentence, and details where the user has not caused it."""
    if isinstance(error, InputError):
        return Failure(str(error))
    if isinstance(error, InferenceFailed):
        return Failure(str(error), error.details)
    return Failure(as_message(error).sentence, "".join(traceback.format_exception(error)))
