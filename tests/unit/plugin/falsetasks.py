"""Tasks without a thread, for presenters whose tests say when something is done."""

from collections.abc import Callable
from functools import partial

from labelbridge.core import Cancelled, InputError, LabelBridgeError, Reporter
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Work


class LateTasks:
    """Does a task when `go` is called, so that a test can do something before."""

    def __init__(self) -> None:
        self.waiting: tuple[Work, TaskListener] | None = None
        self.is_asked_to_stop = False

    @property
    def is_busy(self) -> bool:
        return self.waiting is not None

    def start(self, work: Work, listener: TaskListener) -> None:
        if self.is_busy:
            raise InputError("Something else is being computed.")
        self.waiting, self.is_asked_to_stop = (work, listener), False

    def cancel(self) -> None:
        self.is_asked_to_stop = True

    def go(self) -> None:
        assert self.waiting is not None
        end = self._end(*self.waiting)
        self.waiting = None
        end()

    def _end(self, work: Work, listener: TaskListener) -> Callable[[], object]:
        reporter = _Teller(self, listener)
        try:
            result = work(reporter)
            reporter.checkpoint()
        except Cancelled:
            return listener.cancelled
        except LabelBridgeError as error:
            return partial(listener.failed, Failure(str(error)))
        return partial(listener.finished, result)


class PromptTasks(LateTasks):
    """Does a task at once, and those that its end begins after it."""

    def start(self, work: Work, listener: TaskListener) -> None:
        super().start(work, listener)
        self.go()


class _Teller(Reporter):
    """Tells a listener, and hears of a wish to stop."""

    def __init__(self, tasks: LateTasks, listener: TaskListener) -> None:
        self._tasks, self._listener = tasks, listener

    def progress(self, done: float, total: float, stage: str) -> None:
        self._listener.progressed(Progress(stage, done / total if total else None))

    def say(self, sentence: str) -> None:
        self._listener.said(sentence)

    def should_stop(self) -> bool:
        return self._tasks.is_asked_to_stop
