"""Work that waits at its checkpoints while somebody paints."""

import threading

import pytest

from labelbridge.core import Cancelled, Reporter
from labelbridge.plugin.presenters.patience import PatientReporter

LONG_S = 20.0


class Asked(Reporter):
    """Keeps what it was told, and says when to stop."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.must_stop = False

    def progress(self, done: float, total: float, stage: str) -> None:
        self.told.append((done, total, stage))

    def say(self, sentence: str) -> None:
        self.told.append(sentence)

    def should_stop(self) -> bool:
        return self.must_stop


class Work:
    """A thread that comes to one checkpoint."""

    def __init__(self, asked: Asked, may_go_on: threading.Event) -> None:
        self.went_on, self.was_cancelled = threading.Event(), threading.Event()
        self._reporter = PatientReporter(asked, may_go_on)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._reporter.checkpoint()
        except Cancelled:
            self.was_cancelled.set()
        else:
            self.went_on.set()


def test_work_waits_until_it_may_go_on() -> None:
    may_go_on = threading.Event()
    work = Work(Asked(), may_go_on)
    assert not work.went_on.wait(0.2)
    may_go_on.set()
    assert work.went_on.wait(LONG_S)
    work.thread.join()


def test_work_that_waits_can_be_cancelled() -> None:
    asked = Asked()
    work = Work(asked, threading.Event())
    assert not work.was_cancelled.wait(0.2)
    asked.must_stop = True
    assert work.was_cancelled.wait(LONG_S)
    work.thread.join()


def test_all_is_passed_on_as_it_is() -> None:
    asked, may_go_on = Asked(), threading.Event()
    may_go_on.set()
    reporter = PatientReporter(asked, may_go_on)
    reporter.progress(1, 4, "measuring fibres")
    reporter.say("done")
    reporter.checkpoint()
    assert asked.told == [(1, 4, "measuring fibres"), "done"]
    asked.must_stop = True
    with pytest.raises(Cancelled):
        reporter.checkpoint()
