"""One process that computes, shared by the docks of a window: they take turns in the order in which they come."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition
from typing import Protocol

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Image, Reporter
from labelbridge.plugin.presenters.bootstrapwork import Client

__all__ = ["ProcessClient", "Seat", "SharedInference"]

_POLL_S = 0.1


class ProcessClient(Client, Protocol):
    """As `labelbridge.bootstrap.server.InferenceClient`."""

    def interrupt(self) -> None:
        """End what runs; the next request starts anew."""
        ...

    def close(self) -> None:
        """End the process; no request may follow."""
        ...


class SharedInference:
    """Lets several docks use one client, one request at a time.

    Parameters
    ----------
    client
        Computes; closed when the last one has left.

    Attributes
    ----------
    is_closed
        Whether all have left.
    """

    def __init__(self, client: ProcessClient) -> None:
        self.client = client
        self.is_closed = False
        self._seats: list[Seat] = []
        self._turns: deque[_Turn] = deque()
        self._moved = Condition()

    def seat(self, name: str) -> "Seat":
        """Let a dock use the client.

        Parameters
        ----------
        name
            What those who wait read of it, such as ``the Project dock``.
        """
        seat = Seat(self, name)
        self._seats.append(seat)
        return seat

    @contextmanager
    def turn(self, seat: "Seat", reporter: Reporter) -> Iterator[ProcessClient]:
        """Wait for all who came before, and give the client.

        Parameters
        ----------
        seat
            Whose turn it is.
        reporter
            Told for whom it waits; a wish to stop is heard at once, and leaves those alone who came before.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        """
        turn = _Turn(seat)
        try:
            self._wait(turn, reporter)
            yield self.client
        finally:
            with self._moved:
                self._turns.remove(turn)
                self._moved.notify_all()

    def leave(self, seat: "Seat") -> None:
        """Let a dock go, and what runs for it; with the last one the client is closed. Takes at most a second."""
        if seat not in self._seats:
            return
        self._seats.remove(seat)
        self.is_closed = not self._seats
        if self.is_closed:
            self.client.close()
            return
        with self._moved:  # so that nobody else's turn begins meanwhile
            if self._turns and self._turns[0].seat is seat:
                self.client.interrupt()

    def _wait(self, turn: "_Turn", reporter: Reporter) -> None:
        with self._moved:
            self._turns.append(turn)
            while (first := self._turns[0]) is not turn:
                reporter.progress(0, 0, f"waiting until {first.seat.name} is done")
                reporter.checkpoint()
                self._moved.wait(_POLL_S)


class Seat:
    """The shared client as one dock sees it; implements `Client`.

    Parameters
    ----------
    shared
        What it shares.
    name
        What others read of it.
    """

    def __init__(self, shared: SharedInference, name: str) -> None:
        self.shared, self.name = shared, name

    @property
    def device(self) -> str | None:
        """What the latest masks, whoever asked for them, were or are computed on."""
        return self.shared.client.device

    def survey(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> Findings:
        """Compare L and U."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.survey(plan, unlabeled, told)

    def run(self, plan: Plan, unlabeled: Sequence[Image], image: Image, reporter: Reporter | None = None) -> Outcome:
        """Make the masks of an image."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.run(plan, unlabeled, image, told)

    def preview(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        image: Image,
        window: tuple[slice, slice],
        reporter: Reporter | None = None,
    ) -> Outcome:
        """Make the masks of a window of an image."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.preview(plan, unlabeled, image, window, told)

    def advise(
        self,
        stock: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        *,
        minutes: float | None = None,
    ) -> Advice:
        """Try the paths that there are, and recommend one."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.advise(stock, unlabeled, told, minutes=minutes)

    def look_at_sets(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> SetsFound:
        """Look at the images of a training."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.look_at_sets(task, told)

    def try_training(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> Trial:
        """Do some seconds of a training, to tell what it takes."""
        told = reporter or Reporter()
        with self.shared.turn(self, told) as client:
            return client.try_training(task, told)

    def leave(self) -> None:
        """Use the client no more; what runs for this dock ends."""
        self.shared.leave(self)


class _Turn:
    """A request that waits or runs."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
