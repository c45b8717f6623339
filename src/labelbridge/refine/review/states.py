"""What became of each place, remembered by its pixels: undo brings the state back with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from labelbridge.refine.repairs.windows import Point
from labelbridge.refine.restoring import Note
from labelbridge.refine.review.place import Place, ReviewState

__all__ = ["ReviewStates"]


class _NotedState(BaseModel):
    """One line of a note."""

    model_config = ConfigDict(frozen=True)

    at: Point
    fingerprint: str
    state: ReviewState


class _ReviewNote(BaseModel):
    """The content of a journal's note that is about the review; others' notes have no such member."""

    review: tuple[_NotedState, ...]


class ReviewStates:
    """The state of places by their fingerprint.

    Parameters
    ----------
    notes
        Notes of a restored journal, in order; those that are not about the review are passed over.
    """

    def __init__(self, notes: Iterable[Note] = ()) -> None:
        self._noted: dict[str, _NotedState] = {}
        self._latest: dict[Point, ReviewState] = {}
        for note in notes:
            for line in _read(note.content):
                self._noted[line.fingerprint] = line
                self._latest[line.at] = line.state

    def __iter__(self) -> Iterator[tuple[str, ReviewState]]:
        """Give all that is remembered: fingerprints and states."""
        return ((fingerprint, line.state) for fingerprint, line in self._noted.items())

    def of(self, place: Place) -> ReviewState:
        """Return the state of a place."""
        noted = self._noted.get(place.fingerprint)
        return noted.state if noted else "unseen"

    def knows(self, place: Place) -> bool:
        """Return whether the pixels of a place have been noted."""
        return place.fingerprint in self._noted

    def changed_since_noted(self, place: Place) -> bool:
        """Return whether a fibre was dealt with and its pixels changed since: a crash may take the last note."""
        is_noted = self._latest.get(place.at, "unseen") != "unseen"
        return place.kind == "fibre" and is_noted and not self.knows(place)

    def note(self, place: Place, state: ReviewState) -> dict[str, object]:
        """Remember the state of a place and return its line for a note."""
        line = _NotedState(at=place.at, fingerprint=place.fingerprint, state=state)
        self._noted[place.fingerprint] = line
        return line.model_dump()

    def content(self, lines: Sequence[Mapping[str, object]] | None = None) -> dict[str, object]:
        """Return the content of a note with some lines; with all that is remembered where None."""
        return {"review": [line.model_dump() for line in self._noted.values()] if lines is None else list(lines)}


def _read(content: Mapping[str, object]) -> tuple[_NotedState, ...]:
    try:
        return _ReviewNote.model_validate(content).review
    except ValidationError:
        return ()
