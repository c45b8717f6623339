"""The worker thread, in a real event loop."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from labelbridge.bootstrap.server import InferenceFailed
from labelbridge.core import InputError, Reporter
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener
from labelbridge.plugin.turns import SHORT_TURN_S
from labelbridge.plugin.workers import CLOSE_S, TaskWorker


@dataclass
class Heard:
    """All that was told, in order, and in which thread."""

    told: list[tuple[str, Any]] = field(default_factory=list)
    threads: set[threading.Thread] = field(default_factory=set)

    def listener(self) -> TaskListener:
        def hear(name: str) -> Any:
            def tell(*values: object) -> None:
                self.threads.add(threading.current_thread())
                self.told.append((name, values[0] if len(values) == 1 else values))

            return tell

        names = ("progressed", "said", "shown", "finished", "cancelled", "failed")
        return TaskListener(**{name: hear(name) for name in names})

    def of(self, name: str) -> list[Any]:
        return [value for told, value in self.told if told == name]


@pytest.fixture
def worker() -> Iterator[TaskWorker]:
    made = TaskWorker()
    yield made
    made.close()
    assert not workers()


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "labelbridge-worker"]


def run(qtbot: QtBot, worker: TaskWorker, work: Any) -> Heard:
    heard = Heard()
    worker.start(work, heard.listener())
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=10_000)
    return heard


def wait_for_stop(reporter: Reporter) -> None:
    while True:
        time.sleep(0.01)
        reporter.checkpoint()


def test_all_is_told_in_the_window_s_thread_and_in_order(qtbot: QtBot, worker: TaskWorker) -> None:
    picture = np.zeros((2, 3), np.float32)

    def work(reporter: Reporter) -> str:
        assert threading.current_thread() is not threading.main_thread()
        reporter.say("first")
        reporter.preview("picture", picture)
        reporter.progress(1, 4, "half of it")
        return "result"

    heard = run(qtbot, worker, work)
    assert heard.threads == {threading.main_thread()}
    assert heard.told == [
        ("said", "first"),
        ("shown", ("picture", picture)),
        ("progressed", Progress("half of it", 0.25)),
        ("finished", "result"),
    ]


def test_progress_cannot_flood_the_window(qtbot: QtBot, worker: TaskWorker) -> None:
    def work(reporter: Reporter) -> None:
        for step in range(20_001):
            reporter.progress(step, 20_000, "quick steps")
            if step % 200 == 0:
                time.sleep(0.01)

    heard = run(qtbot, worker, work)
    progress = heard.of("progressed")
    assert 2 <= len(progress) <= 60
    assert progress[-1].fraction == 1
    assert [one.fraction for one in progress] == sorted(one.fraction for one in progress)


def test_the_window_does_not_wait_long_for_its_turn_while_something_is_computed(
    qtbot: QtBot, worker: TaskWorker
) -> None:
    usual_s = sys.getswitchinterval()
    heard = run(qtbot, worker, lambda _: sys.getswitchinterval())
    assert heard.of("finished") == [pytest.approx(SHORT_TURN_S)]
    assert sys.getswitchinterval() == usual_s


def test_time_left_is_estimated(qtbot: QtBot, worker: TaskWorker) -> None:
    def work(reporter: Reporter) -> None:
        reporter.progress(0, 4, "slow")
        time.sleep(1.2)
        reporter.progress(2, 4, "slow")

    heard = run(qtbot, worker, work)
    assert heard.of("progressed")[-1].left_s == pytest.approx(1.2, abs=0.5)
    unknown = run(qtbot, worker, lambda reporter: reporter.progress(0, 0, "nobody knows"))
    assert unknown.of("progressed") == [Progress("nobody knows")]


def test_cancelled_is_an_ending_of_its_own(qtbot: QtBot, worker: TaskWorker) -> None:
    heard = Heard()
    worker.start(wait_for_stop, heard.listener())
    qtbot.wait(100)
    assert worker.is_busy
    worker.cancel()
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=2_000)
    assert heard.told == [("cancelled", ())]
    assert run(qtbot, worker, lambda reporter: 7).told == [("finished", 7)]


def test_a_task_that_hears_nothing_is_cancelled_within_two_seconds(qtbot: QtBot, worker: TaskWorker) -> None:
    heard, release = Heard(), threading.Event()
    worker.start(lambda reporter: release.wait(20), heard.listener())
    worker.cancel()
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=2_000)
    assert heard.told == [("cancelled", ())]
    assert run(qtbot, worker, lambda reporter: 7).told == [("finished", 7)]
    release.set()
    qtbot.waitUntil(lambda: not workers(), timeout=2_000)
    assert heard.told == [("cancelled", ())]


def test_a_result_that_comes_after_cancel_is_dropped(qtbot: QtBot, worker: TaskWorker) -> None:
    heard = Heard()
    worker.start(lambda reporter: time.sleep(0.3), heard.listener())
    worker.cancel()
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=2_000)
    assert heard.told == [("cancelled", ())]


@pytest.mark.parametrize(
    ("error", "sentence", "details"),
    [
        (InputError("got nothing."), "got nothing.", ""),
        (InferenceFailed("It ended.", "last words"), "It ended.", "last words"),
        (RuntimeError("out of memory"), "This is a bug in LabelBridge (RuntimeError: out of memory)", "Traceback"),
        (MemoryError(), "The memory is not enough", "Traceback"),
        (SystemExit(3), "This is a bug in LabelBridge (SystemExit: 3)", "Traceback"),
    ],
)
def test_an_error_is_told_and_not_an_eternal_spinner(
    qtbot: QtBot, worker: TaskWorker, error: BaseException, sentence: str, details: str
) -> None:
    def work(reporter: Reporter) -> None:
        raise error

    heard = run(qtbot, worker, work)
    (failure,) = heard.of("failed")
    assert isinstance(failure, Failure)
    assert failure.sentence.startswith(sentence)
    assert details in failure.details
    assert bool(details) == bool(failure.details)


def test_one_task_at_a_time(qtbot: QtBot, worker: TaskWorker) -> None:
    worker.start(wait_for_stop, Heard().listener())
    with pytest.raises(InputError, match="Something else is being computed"):
        worker.start(wait_for_stop, Heard().listener())


def test_a_task_may_follow_from_the_end_of_another(qtbot: QtBot, worker: TaskWorker) -> None:
    ends: list[object] = []

    def again(result: object) -> None:
        ends.append(result)
        if len(ends) < 3:
            worker.start(lambda reporter: len(ends), TaskListener(finished=again))

    worker.start(lambda reporter: 0, TaskListener(finished=again))
    qtbot.waitUntil(lambda: len(ends) == 3, timeout=5_000)
    assert ends == [0, 1, 2]


def test_closing_ends_the_thread_and_tells_nothing_more(qtbot: QtBot, worker: TaskWorker) -> None:
    heard = Heard()
    worker.start(wait_for_stop, heard.listener())
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < CLOSE_S
    assert not workers()
    qtbot.wait(150)
    assert not heard.told


def test_closing_does_not_wait_for_a_task_that_hears_nothing(qtbot: QtBot, worker: TaskWorker) -> None:
    release = threading.Event()
    heard = Heard()
    worker.start(lambda reporter: release.wait(20), heard.listener())
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < CLOSE_S + 0.5
    release.set()
    qtbot.waitUntil(lambda: not workers(), timeout=2_000)
    assert not heard.told
