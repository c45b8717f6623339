"""Places, found by what they are, where they are and how likely they are wrong."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from itertools import islice

from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point
from labelbridge.refine.review.place import Place, PlaceKind

__all__ = ["PlaceIndex", "bounding", "meet"]

_CELL_PX = 256

_FEW_TIMES = 4
"""A window with more than so many times the places that are wanted is not sorted for them."""

_Key = tuple[PlaceKind, Point]
_Rank = tuple[float, Point, PlaceKind]


class PlaceIndex:
    """Places of an image, in rank order when iterated.

    Attributes
    ----------
    scores
        Those of all places, by fingerprint.
    """

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._places = {place.key: place for place in places}
        self._ranks = sorted(place.rank for place in self._places.values())
        self.scores: dict[str, float] = {}
        self._cells: dict[tuple[int, int], set[_Key]] = {}
        for place in self._places.values():
            self._enter(place)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return (self._places[kind, at] for _, at, kind in self._ranks)

    def get(self, key: _Key) -> Place | None:
        """Return the place of a key as it is now, None where it is gone."""
        return self._places.get(key)

    def add(self, place: Place) -> None:
        """Add a place, in the stead of one with the same key."""
        self.remove(place.key)
        self._places[place.key] = place
        insort(self._ranks, place.rank)
        self._enter(place)

    def remove(self, key: _Key) -> None:
        """Remove the place of a key, if there is one."""
        if (place := self._places.pop(key, None)) is None:
            return
        del self._ranks[bisect_left(self._ranks, place.rank)]
        for cell in _cells(place.window):
            self._cells[cell].discard(key)
        self.scores.pop(place.fingerprint, None)

    def count_from(self, score: float) -> int:
        """Return how many places have at least this score."""
        return bisect_right(self._ranks, -score, key=lambda rank: rank[0])

    def meeting(self, window: Window) -> list[Place]:
        """Return the places whose windows share pixels with a window, in rank order."""
        keys = {key for cell in _cells(window) for key in self._cells.get(cell, ())}
        places = (self._places[key] for key in keys)
        return sorted((place for place in places if meet(place.window, window)), key=lambda place: place.rank)

    def first_meeting(self, window: Window, most: int) -> list[Place]:
        """Return the first `most` of `meeting`, quickly also where there are thousands."""
        if sum(len(self._cells.get(cell, ())) for cell in _cells(window)) <= _FEW_TIMES * most:
            return self.meeting(window)[:most]
        return list(islice((place for place in self if meet(place.window, window)), most))

    def after(self, rank: _Rank | None) -> Iterator[Place]:
        """Give the places that rank after `rank`, the first one next, then those from the start on."""
        start = 0 if rank is None else bisect_right(self._ranks, rank)
        return (self._places[kind, at] for _, at, kind in (*self._ranks[start:], *self._ranks[:start]))

    def before(self, rank: _Rank) -> Place | None:
        """Return the place that ranks just before `rank`, None where there is none."""
        number = bisect_left(self._ranks, rank)
        if number == 0:
            return None
        _, at, kind = self._ranks[number - 1]
        return self._places[kind, at]

    def _enter(self, place: Place) -> None:
        for cell in _cells(place.window):
            self._cells.setdefault(cell, set()).add(place.key)
        self.scores[place.fingerprint] = place.score


def meet(one: Window, other: Window) -> bool:
    """Return whether two windows share pixels."""
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


def bounding(windows: Iterable[Window]) -> Window:
    """Return the smallest window that holds all of some windows, of which there is at least one."""
    rows, columns = (
        slice(min(cut.start for cut in cuts), max(cut.stop for cut in cuts)) for cuts in zip(*windows, strict=True)
    )
    return rows, columns


def _cells(window: Window) -> Iterator[tuple[int, int]]:
    rows, columns = (range(cut.start // _CELL_PX, (cut.stop - 1) // _CELL_PX + 1) for cut in window)
    return ((row, column) for row in rows for column in columns)
