"""The review queue of a session: built, measured again and outlined beside the window."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from threading import Lock
from time import monotonic
from typing import Protocol

from labelbridge.core import FloatArray, InputError, LabelMap, Reporter
from labelbridge.refine import History, Note
from labelbridge.refine.edits import Window
from labelbridge.refine.review import GreyImage, Outline, Place, ReviewQueue
from labelbridge.refine.review.exchange import Remeasurement
from labelbridge.refine.review.index import bounding
from labelbridge.refine.snapshot import Snapshot

__all__ = ["Evidence", "PathsOf", "Reviewing", "Settled"]

PathsOf = Callable[[], Mapping[str, LabelMap]]
"""Gives the masks of further paths for the same image, by name; called by the worker."""

_SIDE_PX = 512
"""What has changed is measured again in windows of at most this height and width: none takes long."""

_NEAR_PX = 256
"""Places whose beginnings are less than this apart are outlined together."""


class _NoteTaker(Protocol):
    def append_note(self, content: Mapping[str, object]) -> object: ...


@dataclass(frozen=True, eq=False)
class Evidence:
    """What there is to judge masks by.

    Attributes
    ----------
    uncertainty
        (Y, X), float32, 0 certain to 1 undecided; None where there is none.
    paths_of
        Gives the masks of further paths for the same image; None where there are none.
    image
        The image itself, grey, read by the worker; None where it is not known.
    """

    uncertainty: FloatArray | None = None
    paths_of: PathsOf | None = None
    image: GreyImage | None = None


@dataclass(eq=False)
class Settled:
    """A window that is measured again by a worker, and what it found.

    Attributes
    ----------
    window
        Rows and columns.
    measured
        What has changed; None where nothing has, or it is not measured yet.
    """

    window: Window
    measured: Remeasurement | None = None


class Reviewing:
    """The review queue, once there is one, and the windows that it has not measured again yet.

    Measuring takes longer than a stroke may. `settling` gives it to a worker, window by window; `settle` does all of it
    at once. What changes meanwhile is another window, so that nothing is lost.

    Parameters
    ----------
    history
        Edits of the class layers.
    notes
        Notes of the journal that the history was restored from.
    """

    def __init__(self, history: History, notes: tuple[Note, ...] = ()) -> None:
        self._history, self._notes = history, notes
        self._queue: ReviewQueue | None = None
        self._stale: list[Window] = []
        self._given: Settled | None = None
        self._lock = Lock()

    @property
    def queue(self) -> ReviewQueue | None:
        """The queue as it was when it was last brought up to date; None before it is built."""
        return self._queue

    @property
    def is_stale(self) -> bool:
        """Whether something is left to be measured again."""
        return bool(self._stale) or self._given is not None

    def work(self, evidence: Evidence) -> Callable[[Reporter], ReviewQueue]:
        """Return the function that builds the queue from copies of the masks as they are now.

        What changes from now on is measured again once the queue is adopted.
        """
        if self._on_change not in self._history.listeners:
            self._history.listeners.append(self._on_change)
        masks, notes = Snapshot(self._history.layers), self._notes

        def build(reporter: Reporter) -> ReviewQueue:
            paths = None if evidence.paths_of is None else evidence.paths_of()
            return ReviewQueue.build(
                masks.layers(), evidence.uncertainty, paths, evidence.image, notes=notes, reporter=reporter
            )

        return build

    def adopt(self, queue: ReviewQueue, recorder: _NoteTaker) -> None:
        """Take a queue that `work` has led to; it has not caught up yet."""
        queue.recorder = recorder
        queue.look_at(self._history.layers)
        self._queue = queue

    def settling(self) -> Callable[[Reporter], Settled] | None:
        """Return the function that measures again one window of what has changed, for a worker; `take` its result.

        None where nothing has changed, or a worker has another window.
        """
        if self._queue is None or self._given is not None or not self._stale:
            return None
        given = self._given = Settled(self._stale.pop(0))
        measure = self._queue.measuring(given.window)

        def work(_: Reporter) -> Settled:
            with self._lock:
                if self._given is given:
                    given.measured = measure()
            return given

        return work

    def take(self, settled: Settled) -> None:
        """Let what a worker has found count, unless it was measured otherwise meanwhile."""
        if self._queue is not None and settled is self._given:
            self._given = None
            self._queue.take(settled.measured)

    def give_back(self) -> None:
        """Measure again later what a worker was given."""
        if self._given is not None:
            self._stale.insert(0, self._given.window)
            self._given = None

    def settle(self, within_s: float = inf) -> None:
        """Measure again what has changed, here and now; what is left after this time, in seconds, is left."""
        self.give_back()
        until_s = monotonic() + within_s
        while self._queue is not None and self._stale and monotonic() < until_s:
            with self._lock:
                self._queue.update(self._stale[0])
            del self._stale[0]

    def settled(self) -> ReviewQueue:
        """Return the queue, up to date.

        Raises
        ------
        InputError
            Where it is not built yet.
        """
        if self._queue is None:
            raise InputError("The places to look at are not ranked yet; wait until that is done.")
        self.settle()
        return self._queue

    def outlining(self, places: Sequence[Place]) -> Callable[[Reporter], dict[Place, Outline]]:
        """Return the function that outlines places, for a worker; those that have changed meanwhile are left out."""
        queue = self._queue

        def work(reporter: Reporter) -> dict[Place, Outline]:
            outlines: dict[Place, Outline] = {}
            if queue is None:
                return outlines
            for near in _near_each_other(places):
                reporter.checkpoint()
                with self._lock:
                    there = [place for place in near if place in queue]
                    outlines |= zip(there, queue.outlines(there), strict=True)
            return outlines

        return work

    def again(self, place: Place) -> Place | None:
        """Return what a place has become: the same fibre, else the one nearest to its centre; None where it is gone."""
        found = self.settled().places_in(place.window)
        same = next((one for one in found if one.key == place.key), None)
        return same or min(found, key=lambda one: _distance2(one, place), default=None)

    def note_content(self) -> dict[str, object] | None:
        """Return all states as one note, to begin a journal with; None before there is a queue."""
        return None if self._queue is None else self._queue.note_content()

    def _on_change(self, names: tuple[str, ...], window: Window) -> None:
        for part in _parts(window):
            _join(self._stale, part)


def _parts(window: Window) -> Iterator[Window]:
    """Cut a window into parts that are not too large to be measured at once."""
    rows, columns = (
        [slice(start, min(cut.stop, start + _SIDE_PX)) for start in range(cut.start, cut.stop, _SIDE_PX)]
        for cut in window
    )
    return ((row, column) for row in rows for column in columns)


def _join(windows: list[Window], window: Window) -> None:
    """Add a window to others, as a part of one of them where that does not become too large."""
    for number, other in enumerate(windows):
        both = bounding([other, window])
        if all(cut.stop - cut.start <= _SIDE_PX for cut in both):
            windows[number] = both
            return
    windows.append(window)


def _near_each_other(places: Sequence[Place]) -> list[list[Place]]:
    groups: dict[tuple[int, int], list[Place]] = {}
    for place in places:
        groups.setdefault((place.at[0] // _NEAR_PX, place.at[1] // _NEAR_PX), []).append(place)
    return list(groups.values())


def _distance2(one: Place, other: Place) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one.centre, other.centre, strict=True)))
