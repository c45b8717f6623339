"""One client for several docks, with a client that computes nothing."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Cancelled, Image, InputError, Reporter
from labelbridge.plugin.presenters.sharedinference import Seat, SharedInference

PLAN = Plan("direct")
TASK = TranslatorTask(labeled=Path("tem"), unlabeled=Path("sem"))
IMAGE = Image(np.zeros((20, 30), np.float32), "image")
SOON_S = 5.0


@dataclass
class Client:
    """Answers with who asked when it is let; two requests at a time are an error."""

    device: str | None = "cpu"
    running: threading.Event = field(default_factory=threading.Event)
    let: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[str] = field(default_factory=list)
    interrupted: int = 0
    closed: int = 0
    _one: threading.Lock = field(default_factory=threading.Lock)

    def survey(self, plan: Plan, unlabeled: Any, reporter: Reporter | None = None) -> Any:
        return self._answer("survey", reporter)

    def run(self, plan: Plan, unlabeled: Any, image: Image, reporter: Reporter | None = None) -> Any:
        return self._answer("run", reporter)

    def preview(self, plan: Plan, unlabeled: Any, image: Image, window: Any, reporter: Reporter | None = None) -> Any:
        return self._answer("preview", reporter)

    def look_at_sets(self, task: TranslatorTask, reporter: Reporter | None = None) -> Any:
        return self._answer("look_at_sets", reporter)

    def try_training(self, task: TranslatorTask, reporter: Reporter | None = None) -> Any:
        return self._answer("try_training", reporter)

    def interrupt(self) -> None:
        self.interrupted += 1

    def close(self) -> None:
        self.closed += 1

    def _answer(self, what: str, reporter: Reporter | None) -> str:
        assert reporter is not None
        assert self._one.acquire(blocking=False), "two requests at a time"
        try:
            self.asked.append(what)
            self.running.set()
            while not self.let.acquire(timeout=0.01):
                reporter.checkpoint()
            if what == "preview":
                raise InputError("got nothing to preview.")
            return what
        finally:
            self._one.release()


class Asker(Reporter):
    """Asks from a thread of its own, and remembers what it hears and how it ends."""

    def __init__(self, seat: Seat, what: str) -> None:
        self.stages: list[str] = []
        self.stop = threading.Event()
        self.end: object = None
        self._seat, self._what = seat, what
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def progress(self, done: float, total: float, stage: str) -> None:
        self.stages.append(stage)

    def should_stop(self) -> bool:
        return self.stop.is_set()

    def wait(self) -> object:
        self.thread.join(SOON_S)
        assert not self.thread.is_alive()
        return self.end

    def _ask(self) -> None:
        given: dict[str, tuple[Any, ...]] = {
            "survey": (PLAN, [IMAGE]),
            "run": (PLAN, [IMAGE], IMAGE),
            "preview": (PLAN, [IMAGE], IMAGE, (slice(0, 9), slice(0, 9))),
        }
        try:
            self.end = getattr(self._seat, self._what)(*given.get(self._what, (TASK,)), self)
        except (Cancelled, InputError) as error:
            self.end = error


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    for _ in range(9):
        made.let.release()


@pytest.fixture
def seats(client: Client) -> tuple[Seat, Seat]:
    shared = SharedInference(client)
    return shared.seat("the Bootstrap dock"), shared.seat("the Project dock")


def until(is_so: Any) -> None:
    by_s = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < by_s
        time.sleep(0.01)


def test_the_second_waits_says_for_whom_and_goes_on(client: Client, seats: tuple[Seat, Seat]) -> None:
    first = Asker(seats[1], "run")
    until(client.running.is_set)
    second = Asker(seats[0], "survey")
    until(lambda: second.stages)
    assert set(second.stages) == {"waiting until the Project dock is done"}
    assert client.asked == ["run"]
    client.let.release()
    assert first.wait() == "run"
    assert first.stages == []
    client.let.release()
    assert second.wait() == "survey"


def test_they_take_turns_in_the_order_in_which_they_came(client: Client, seats: tuple[Seat, Seat]) -> None:
    askers = []
    asked = ["run", "survey", "preview", "look_at_sets", "try_training", "run"]
    for seat, what in zip(seats * 3, asked, strict=True):
        askers.append(Asker(seat, what))
        until(lambda: client.asked if len(askers) == 1 else askers[-1].stages)
    for asker in askers:
        client.let.release()
        asker.wait()
    assert client.asked == asked


def test_who_cancels_while_waiting_leaves_the_other_alone(client: Client, seats: tuple[Seat, Seat]) -> None:
    first = Asker(seats[0], "run")
    until(client.running.is_set)
    second = Asker(seats[1], "run")
    until(lambda: second.stages)
    second.stop.set()
    assert isinstance(second.wait(), Cancelled)
    client.let.release()
    assert first.wait() == "run"
    assert client.asked == ["run"]


def test_who_cancels_or_fails_lets_the_next_one_go_on(client: Client, seats: tuple[Seat, Seat]) -> None:
    first = Asker(seats[0], "run")
    until(client.running.is_set)
    second = Asker(seats[1], "preview")
    until(lambda: second.stages)
    third = Asker(seats[0], "survey")
    until(lambda: third.stages)
    first.stop.set()
    assert isinstance(first.wait(), Cancelled)
    client.let.release()
    assert isinstance(second.wait(), InputError)
    client.let.release()
    assert third.wait() == "survey"


def test_the_client_closes_with_the_last_one_and_once(client: Client, seats: tuple[Seat, Seat]) -> None:
    seats[0].leave()
    seats[0].leave()
    assert (client.closed, seats[1].shared.is_closed) == (0, False)
    client.let.release()
    assert Asker(seats[1], "run").wait() == "run"
    seats[1].leave()
    seats[1].leave()
    assert (client.closed, seats[1].shared.is_closed) == (1, True)


def test_who_leaves_ends_what_runs_for_it_and_nothing_else(client: Client, seats: tuple[Seat, Seat]) -> None:
    asker = Asker(seats[0], "run")
    until(client.running.is_set)
    third = seats[0].shared.seat("another dock")
    third.leave()
    assert client.interrupted == 0
    asker.stop.set()
    seats[0].leave()
    asker.wait()
    assert client.closed == 0
    assert client.interrupted in (0, 1), "it may have ended already"


def test_a_request_that_hears_nothing_is_interrupted(client: Client, seats: tuple[Seat, Seat]) -> None:
    asker = Asker(seats[0], "run")
    until(client.running.is_set)
    seats[0].leave()
    assert (client.interrupted, client.closed) == (1, 0)
    client.let.release()
    asker.wait()
