"""What presenters with long work have in common: one task at a time, and what is told of it."""

from collections.abc import Callable
from typing import Any

from psygnal import Signal

from labelbridge.core import InputError
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Tasks, Work

__all__ = ["TaskPresenter"]


def _nothing() -> None:
    """Leave it at that."""


class TaskPresenter:
    """Begins long work and passes on what it tells.

    Parameters
    ----------
    tasks
        Does the work and tells in the window's thread.

    Attributes
    ----------
    is_cancelling
        Whether what runs was asked to stop.
    """

    _CANCELLING = "Cancelling ..."
    """Said when the task is asked to stop; empty where nothing is."""

    _CANCELLED = "Cancelled."
    """Said when it has stopped; empty where nothing is."""

    changed = Signal()
    """Something that the dock shows has changed."""

    progressed = Signal(Progress)
    """How far the task is."""

    said = Signal(str)
    """A sentence for the user."""

    failed = Signal(Failure)
    """Something did not work."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self.is_cancelling = False

    @property
    def is_busy(self) -> bool:
        """Whether something runs."""
        return self._tasks.is_busy

    def cancel(self) -> None:
        """Ask what runs to stop."""
        if self.is_busy and not self.is_cancelling:
            self.is_cancelling = True
            if self._CANCELLING:
                self.said.emit(self._CANCELLING)
            self._tasks.cancel()
            self.changed.emit()

    def forget_listeners(self) -> None:
        """Tell nobody any more: who listened is gone."""
        for signal in (self.changed, self.progressed, self.said, self.failed):
            signal.disconnect()

    def _start(self, work: Work, take: Callable[[Any], object], *, ended: Callable[[], object] = _nothing) -> None:
        """Begin a task; `take` is given its result, and `ended` is called first however it ends."""

        def finished(result: object) -> None:
            ended()
            take(result)
            self.changed.emit()

        def cancelled() -> None:
            ended()
            if self._CANCELLED:
                self.said.emit(self._CANCELLED)
            self.changed.emit()

        def failed(failure: Failure) -> None:
            ended()
            self._fail(failure)
            self.changed.emit()

        listener = TaskListener(
            progressed=self._progressed, said=self.said.emit, finished=finished, cancelled=cancelled, failed=failed
        )
        try:
            self._tasks.start(work, listener)
            self.is_cancelling = False
        except InputError as error:
            self.failed.emit(Failure(str(error)))
        self.changed.emit()

    def _progressed(self, progress: Progress) -> None:
        self.progressed.emit(progress)

    def _fail(self, failure: Failure) -> None:
        self.failed.emit(failure)
