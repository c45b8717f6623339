"""The review queue of a session: built beside the window, and brought up to date when there is time."""

from collections.abc import Callable, Mapping
from typing import Protocol

from labelbridge.core import FloatArray, InputError, LabelMap, Reporter
from labelbridge.refine import History, Note
from labelbridge.refine.edits import Window
from labelbridge.refine.review import Place, ReviewQueue
from labelbridge.refine.review.index import bounding

__all__ = ["Reviewing"]


class _NoteTaker(Protocol):
    def append_note(self, content: Mapping[str, object]) -> object: ...


class Reviewing:
    """The review queue, once there is one, and the window that it has not measured again yet.

    Measuring takes longer than a stroke may, so that it waits until `settle` is called: by whoever has time, or needs
    the queue. All that has changed is in one window then: the queue looks around it and must find nothing else changed.

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
        self._stale: Window | None = None

    @property
    def queue(self) -> ReviewQueue | None:
        """The queue as it was when it was last brought up to date; None before it is built."""
        return self._queue

    @property
    def is_stale(self) -> bool:
        """Whether something is left to be measured again."""
        return self._stale is not None

    def work(
        self, uncertainty: FloatArray | None, paths: Mapping[str, LabelMap] | None
    ) -> Callable[[Reporter], ReviewQueue]:
        """Return the function that builds the queue from copies of the masks as they are now."""
        layers = {name: layer.copy() for name, layer in self._history.layers.items()}
        notes = self._notes

        def build(reporter: Reporter) -> ReviewQueue:
            return ReviewQueue.build(layers, uncertainty, paths, notes=notes, reporter=reporter)

        return build

    def adopt(self, queue: ReviewQueue, recorder: _NoteTaker) -> None:
        """Take a queue, catch up, and follow the history from now on."""
        queue.recorder = recorder
        queue.follow(self._history)
        self._history.listeners.remove(queue.on_change)
        self._history.listeners.append(self._on_change)
        self._queue = queue

    def settle(self) -> None:
        """Measure again what has changed."""
        stale, self._stale = self._stale, None
        if self._queue is not None and stale is not None:
            self._queue.update(stale)

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

    def again(self, place: Place) -> Place | None:
        """Return what a place has become: the same fibre, else the one nearest to its centre; None where it is gone."""
        found = self.settled().places_in(place.window)
        same = next((one for one in found if one.key == place.key), None)
        return same or min(found, key=lambda one: _distance2(one, place), default=None)

    def note_content(self) -> dict[str, object] | None:
        """Return all states as one note, to begin a journal with; None before there is a queue."""
        return self._queue.note_content() if self._queue else None

    def _on_change(self, names: tuple[str, ...], window: Window) -> None:
        self._stale = window if self._stale is None else bounding([self._stale, window])


def _distance2(one: Place, other: Place) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one.centre, other.centre, strict=True)))
