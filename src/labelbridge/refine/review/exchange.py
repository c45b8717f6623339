"""What an edit does to the places of an image: which go, which come, and which of them it touched."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Self

from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point
from labelbridge.refine.review.index import PlaceIndex
from labelbridge.refine.review.measures import FibreMeasures
from labelbridge.refine.review.missed import MissedMeasures
from labelbridge.refine.review.place import Place, PlaceKind

__all__ = ["Exchange", "Remeasurement"]


@dataclass(frozen=True, eq=False)
class Exchange:
    """The places of one kind around an edit, before and after.

    Attributes
    ----------
    gone, come
        As they were, and as they are, by their `at`; those that stayed as they were are in both.
    touched_before
        Where the places of before begin whose pixels the edit changed.
    touched_now
        Where those of now begin whose pixels, or those of the place that they were, the edit changed.
    leaving, entering
        Those of `gone` and of `come` that did not stay as they were.
    """

    gone: Mapping[Point, Place]
    come: Mapping[Point, Place]
    touched_before: Set[Point]
    touched_now: Set[Point]
    leaving: tuple[Place, ...]
    entering: tuple[Place, ...]

    @classmethod
    def of(
        cls,
        index: PlaceIndex,
        kind: PlaceKind,
        influence: Window,
        come: Mapping[Point, Place],
        touched_before: Set[Point],
        touched_now: Set[Point],
    ) -> Self:
        """Find the places of `index` that new ones take the place of: those of a kind that an edit may have touched."""
        gone = {place.at: place for place in index.meeting(influence) if place.kind == kind}
        gone |= {at: place for at in come if (place := index.get((kind, at)))}
        return cls(
            gone,
            come,
            touched_before,
            touched_now,
            tuple(place for at, place in gone.items() if come.get(at) != place),
            tuple(place for at, place in come.items() if gone.get(at) != place),
        )

    @property
    def shifted(self) -> list[tuple[Place, Place]]:
        """Places before and after that changed without being touched."""
        kept = (self.gone.keys() - self.touched_before) & (self.come.keys() - self.touched_now)
        pairs = [(self.gone[at], self.come[at]) for at in sorted(kept)]
        return [(old, new) for old, new in pairs if old.fingerprint != new.fingerprint]


@dataclass(frozen=True, eq=False)
class Remeasurement:
    """What an edit did to the places of an image, measured and not taken over yet.

    Attributes
    ----------
    edited
        Rows and columns that hold all changed pixels.
    window
        Where places may have changed.
    fibres, missed
        What was measured around the edit, by `at`.
    fibre_exchange, missed_exchange
        The places.
    """

    edited: Window
    window: Window
    fibres: Mapping[Point, FibreMeasures]
    missed: Mapping[Point, MissedMeasures]
    fibre_exchange: Exchange
    missed_exchange: Exchange

    @property
    def exchanges(self) -> tuple[Exchange, Exchange]:
        """Of fibres and of missed ones."""
        return self.fibre_exchange, self.missed_exchange

    @property
    def touched_before(self) -> list[Place]:
        """Places as they were whose pixels the edit changed."""
        return [one.gone[at] for one in self.exchanges for at in sorted(one.touched_before)]

    @property
    def touched_now(self) -> list[Place]:
        """Places as they are whose pixels, or those of the place that they were, the edit changed."""
        return [one.come[at] for one in self.exchanges for at in sorted(one.touched_now)]

    @property
    def shifted(self) -> list[tuple[Place, Place]]:
        """Places before and after that were not touched but gained or lost myelin to a neighbour that was."""
        return [pair for one in self.exchanges for pair in one.shifted]
