"""Which fibres of the truth a place of the review queue shows, and which errors it leads to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotating.annotator import Annotator
from annotating.inventions import Invention
from annotating.truefibres import TrueFibres
from labelbridge.core import AXON, Numbers, number_areas
from labelbridge.refine.review import Place

__all__ = ["Lead", "Leads", "fibres_shown"]

_LEAST_SHARED = 0.5


@dataclass(frozen=True, eq=False)
class Lead:
    """What a place leads to.

    Attributes
    ----------
    fibres
        Numbers of true fibres.
    inventions
        What is in the masks there, and no part of a true fibre.
    """

    fibres: frozenset[int]
    inventions: tuple[Invention, ...]

    @property
    def is_somewhere(self) -> bool:
        """Whether there is anything, in the truth or the masks."""
        return bool(self.fibres or self.inventions)


class Leads:
    """Looks up places of the queue in the truth; the masks are those that the annotator begins with."""

    def __init__(self, annotator: Annotator) -> None:
        self._fibres, self._inventions = annotator.fibres, tuple(annotator.inventions)
        self._axons, _ = number_areas(annotator.history.layers[AXON])

    def __call__(self, place: Place) -> Lead:
        """Return what a place leads to."""
        inventions = tuple(one for one in self._inventions if place.kind == "fibre" and one.holds(place.at))
        return Lead(frozenset(fibres_shown(place, self._axons, self._fibres).tolist()), inventions)


def fibres_shown(place: Place, axons: Numbers, fibres: TrueFibres) -> NDArray[np.int64]:
    """Return the numbers of the true fibres that a place shows, (N,).

    Of a fibre, those whose axon lies under its axon, or under whose axon it lies, by half or more. Of a place without
    fibre, the one in whose midst it lies, and those that have their centre in its window.

    Parameters
    ----------
    place
        The place.
    axons
        Numbers of the axons of the masks, (Y, X).
    fibres
        The truth.
    """
    if place.kind == "missed":
        at = fibres.owner[tuple(round(axis) for axis in place.centre)]
        low, high = ([getattr(cut, end) for cut in place.window] for end in ("start", "stop"))
        return np.union1d(fibres.in_field((low[0], low[1]), (high[0], high[1])), np.array([at] if at else [], np.int64))
    under = fibres.axons[place.window][axons[place.window] == axons[place.at]]
    shared_px = np.bincount(under, minlength=fibres.count + 1)[1:]
    least_px = _LEAST_SHARED * np.minimum(fibres.axon_areas_px2, under.size)
    return 1 + np.flatnonzero((shared_px > 0) & (shared_px >= least_px))
