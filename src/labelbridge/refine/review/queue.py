"""The review queue of one image: what to look at next, and what was looked at."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, Self

from labelbridge.core import FloatArray, InputError, LabelMap, Reporter
from labelbridge.refine.edits import Layers, Window, shape_of
from labelbridge.refine.history import History
from labelbridge.refine.restoring import Note
from labelbridge.refine.review.exchange import Remeasurement
from labelbridge.refine.review.outlines import Outline, fibre_outlines, outline_of
from labelbridge.refine.review.place import SUSPICIOUS_FROM, Place, ReviewState
from labelbridge.refine.review.provenance import FibreRow, fibre_row
from labelbridge.refine.review.settings import ReviewSettings
from labelbridge.refine.review.sources import GreyImage, Sources, whole_of
from labelbridge.refine.review.states import ReviewStates
from labelbridge.refine.review.survey import Survey

__all__ = ["NoteTaker", "ReviewQueue"]


class NoteTaker(Protocol):
    """Whoever keeps the states; `labelbridge.refine.Journal` does."""

    def append_note(self, content: Mapping[str, object]) -> object:
        """Note what JSON can hold."""
        ...


class ReviewQueue:
    """Fibres and places of an image, the most likely wrong first, each with its state; for one thread.

    Made by `build`, and kept in step with the masks once it follows their `History`; whoever cannot wait for that calls
    `measuring` and `take` instead. A state belongs to the pixels of a fibre: what a stroke corrected is as before once
    the stroke is undone. Scores are relative to what the image's fibres were like when the queue was built.

    It has no length, so that it is true also where it has no place: who asks ``if queue`` asks whether there is one.

    Attributes
    ----------
    recorder
        Keeps the states, or None; to be set to the image's `Journal`.
    listeners
        Called after places or states have changed, with the window where.
    """

    def __init__(self, survey: Survey, states: ReviewStates) -> None:
        self.recorder: NoteTaker | None = None
        self.listeners: list[Callable[[Window], object]] = []
        self._survey, self._states = survey, states
        self._layers = survey.sources.layers
        for place in survey.index:
            if states.changed_since_noted(place):
                states.note(place, "corrected")

    @classmethod
    def build(
        cls,
        layers: Layers,
        uncertainty: FloatArray | None = None,
        paths: Mapping[str, LabelMap] | None = None,
        image: GreyImage | None = None,
        *,
        notes: Iterable[Note] = (),
        settings: ReviewSettings | None = None,
        reporter: Reporter | None = None,
    ) -> Self:
        """Measure all fibres of an image and rank them.

        The layers must not change meanwhile: a worker thread takes copies, and `follow` catches up.

        Parameters
        ----------
        layers
            Class layers by name, each (Y, X), uint8, 0 or 1, not overlapping, ``axon`` and ``myelin`` among them.
            Only axons are fibres; further classes are no background.
        uncertainty
            (Y, X), float32, 0 certain to 1 undecided; None where there is none.
        paths
            Masks of further paths for the same image, by name.
        image
            The image itself, grey; read window by window, as often as masks change there.
        notes
            `RestoredSession.notes` of an earlier session; its states are taken over.
        settings
            What counts how much.
        reporter
            Told the progress, asked whether to stop.

        Raises
        ------
        InputError
            Where the shapes differ or a layer is missing.
        Cancelled
            Where the reporter asked to stop.
        """
        sources = Sources(layers, uncertainty, paths or {}, image)
        survey = Survey(sources, settings or ReviewSettings(), reporter or Reporter())
        queue = cls(survey, ReviewStates(notes))
        queue.look_at(layers)
        return queue

    def __contains__(self, place: Place) -> bool:
        """Return whether a place is still as it was."""
        return self._survey.index.get(place.key) == place

    def __iter__(self) -> Iterator[Place]:
        """Give all places, the most likely wrong first."""
        return iter(self._survey.index)

    def state(self, place: Place) -> ReviewState:
        """Return the state of a place."""
        return self._states.of(place)

    def counts(self) -> dict[ReviewState, int]:
        """Return how many places have each state; the unseen ones are left to be looked at."""
        there = self._survey.index.scores
        found = Counter(state for fingerprint, state in self._states if fingerprint in there)
        accepted, corrected = found["accepted"], found["corrected"]
        return {"unseen": len(there) - accepted - corrected, "accepted": accepted, "corrected": corrected}

    def suspicious_left(self) -> int:
        """Return how many unseen places are suspicious; those come first."""
        index = self._survey.index
        seen = (index.scores.get(fingerprint, 0.0) for fingerprint, state in self._states if state != "unseen")
        return index.count_from(SUSPICIOUS_FROM) - sum(score >= SUSPICIOUS_FROM for score in seen)

    def next(self, from_place: Place | None = None) -> Place | None:
        """Return the unseen place that ranks next after another, or first of all; None where none is left.

        After the last one it begins again with the first. The other place may be gone meanwhile.
        """
        rank = None if from_place is None else from_place.rank
        return next((place for place in self._survey.index.after(rank) if self.state(place) == "unseen"), None)

    def previous(self, from_place: Place) -> Place | None:
        """Return the place that ranks just before another, whatever its state; None before the first."""
        return self._survey.index.before(from_place.rank)

    def places_in(self, window: Window) -> list[Place]:
        """Return the places whose windows share pixels with a window."""
        return self._survey.index.meeting(window)

    def first_places_in(self, window: Window, most: int) -> list[Place]:
        """Return the `most` places of a window that are the most likely wrong."""
        return self._survey.index.first_meeting(window, most)

    def accept(self, place: Place) -> None:
        """Mark a place as looked at and right; one that was corrected stays so.

        Raises
        ------
        InputError
            Where the place is gone, because its pixels were changed.
        """
        now = self._survey.index.get(place.key)
        if now is None:
            raise InputError("got a place whose masks have changed since; go to the next one.")
        if self.state(now) == "unseen":
            self._keep([self._states.note(now, "accepted")])
            self._tell(now.window)

    def follow(self, history: History) -> None:
        """Look at the layers of a history from now on: catch up with what differs, then measure after each change.

        Raises
        ------
        InputError
            Where its layers are others than those of the queue.
        """
        self.look_at(history.layers)
        history.listeners.append(self.on_change)
        self.update(whole_of(history.shape))

    def look_at(self, layers: Layers) -> None:
        """Look at other arrays of the same layers from now on; `update` finds how they differ.

        Raises
        ------
        InputError
            Where they are layers of another image.
        """
        if layers.keys() != self._layers.keys() or shape_of(layers) != shape_of(self._layers):
            raise InputError(
                f"got the class layers {list(layers)} of shape {shape_of(layers)}, "
                f"expected {list(self._layers)} of shape {shape_of(self._layers)}; build the queue again."
            )
        self._layers = layers

    def on_change(self, names: tuple[str, ...], window: Window) -> None:
        """Do `update`, whichever layers changed; `follow` puts it among the listeners of a history."""
        self.update(window)

    def update(self, window: Window) -> None:
        """Measure again what has changed in a window of the layers since the last time, and mark it as corrected.

        What has changed elsewhere is not looked at.
        """
        self.take(self.measuring(window)())

    def measuring(self, window: Window) -> Callable[[], Remeasurement | None]:
        """Return the function that measures again what has changed in a window, with the layers as they are now.

        It is for another thread: until `take` gets what it returns, places and states stay as they are. Of several such
        functions one is called after the other, and what the latest returned is taken or left before the next is made.
        """
        content = {name: layer[window].copy() for name, layer in self._layers.items()}
        return partial(self._survey.measure, window, content)

    def take(self, measured: Remeasurement | None) -> None:
        """Let what was measured again count, and mark what was changed as corrected; None changes nothing."""
        if measured is None:
            return
        self._survey.take(measured)
        states = self._states
        shifted = [(new, states.of(old)) for old, new in measured.shifted if states.of(old) != states.of(new)]
        lines = [states.note(place, states.of(place)) for place in measured.touched_before if not states.knows(place)]
        lines += [states.note(place, "corrected") for place in measured.touched_now if not states.knows(place)]
        self._keep(lines + [states.note(place, state) for place, state in shifted])
        self._tell(measured.window)

    def outlines(self, places: Sequence[Place]) -> list[Outline]:
        """Return the outlines of places, in their order; quick for places near each other."""
        fibres = [place for place in places if place.kind == "fibre"]
        drawn = dict(zip(fibres, fibre_outlines(self._survey.sources, fibres), strict=True))
        return [drawn[place] if place.kind == "fibre" else self._missed_outline(place) for place in places]

    def fibre_rows(self) -> list[FibreRow]:
        """Return a row for each fibre of the masks as they are, from top to bottom, for the export."""
        places = sorted((place for place in self._survey.index if place.kind == "fibre"), key=lambda place: place.at)
        return [fibre_row(self._survey.fibres[place.at], self.state(place)) for place in places]

    def note_content(self) -> dict[str, object]:
        """Return all states as one note, to begin a new journal with."""
        return self._states.content()

    def _missed_outline(self, place: Place) -> Outline:
        missed = self._survey.missed[place.at]
        return outline_of(missed.mask, missed.window)

    def _keep(self, lines: list[dict[str, object]]) -> None:
        if self.recorder and lines:
            self.recorder.append_note(self._states.content(lines))

    def _tell(self, window: Window) -> None:
        for listener in self.listeners:
            listener(window)
