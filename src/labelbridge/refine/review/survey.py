"""All places of an image, measured and ranked, and kept in step with edits of the masks."""

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from labelbridge.core import AXON, BoolArray, InputError, Reporter
from labelbridge.refine.edits import Layers, Window, shape_of
from labelbridge.refine.repairs.windows import Point, grown, tight, within
from labelbridge.refine.review.index import PlaceIndex, bounding, meet
from labelbridge.refine.review.measures import measure_fibres
from labelbridge.refine.review.missed import MissedMeasures, find_missed
from labelbridge.refine.review.place import Place, PlaceKind
from labelbridge.refine.review.remeasuring import framed, influence_of, remeasure_fibres
from labelbridge.refine.review.scoring import Judge
from labelbridge.refine.review.settings import ReviewSettings
from labelbridge.refine.review.sources import Sources, whole_of
from labelbridge.refine.review.tiles import MARGIN_PX
from labelbridge.refine.review.typical import TypicalFibre

__all__ = ["Survey", "SurveyChange"]


@dataclass(frozen=True)
class SurveyChange:
    """What an edit did to the places of an image.

    Attributes
    ----------
    window
        Where places may have changed.
    touched_before
        Places as they were whose pixels the edit changed.
    touched_now
        Places as they are whose pixels, or those of the place that they were, the edit changed.
    shifted
        Places before and after that the edit did not touch but that gained or lost myelin to a neighbour that it did.
    """

    window: Window
    touched_before: tuple[Place, ...]
    touched_now: tuple[Place, ...]
    shifted: tuple[tuple[Place, Place], ...]


class _Exchange(NamedTuple):
    """The places of one kind around an edit, before and after."""

    gone: dict[Point, Place]
    come: dict[Point, Place]
    touched_before: Set[Point]
    touched_now: Set[Point]

    @property
    def shifted(self) -> list[tuple[Place, Place]]:
        """Places that changed without being touched."""
        kept = (self.gone.keys() - self.touched_before) & (self.come.keys() - self.touched_now)
        pairs = [(self.gone[at], self.come[at]) for at in sorted(kept)]
        return [(old, new) for old, new in pairs if old.fingerprint != new.fingerprint]


class Survey:
    """The places of an image.

    Parameters
    ----------
    sources
        What there is to look at; its layers are looked at again at each `update`.
    settings
        What counts how much.
    reporter
        Told the progress, asked whether to stop.

    Attributes
    ----------
    sources
        As given.
    index
        The places.
    fibres, missed
        What was measured of them, by their `at`.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """

    def __init__(self, sources: Sources, settings: ReviewSettings, reporter: Reporter) -> None:
        whole = whole_of(sources.shape)
        self.sources = sources
        self._before = Sources({name: layer.copy() for name, layer in sources.layers.items()})
        fibres = measure_fibres(sources, whole, reporter=reporter).fibres
        self._uncertain_from = settings.uncertain_from
        self._judge = Judge(settings, TypicalFibre.of(fibres), len(sources.paths))
        missed = self._find_missed(whole, reporter=reporter)
        self.fibres = {fibre.at: fibre for fibre in fibres}
        self.missed = {place.at: place for place in missed}
        self.index = PlaceIndex([*map(self._judge.fibre, fibres), *map(self._judge.missed, missed)])

    def update(self, window: Window) -> SurveyChange | None:
        """Measure again where the layers have changed within a window since the last time; None where nowhere."""
        layers, shape = self.sources.layers, self.sources.shape
        changed = self._changed(window)
        if not changed.any():
            return None
        wider, window = window, tight(window, changed)
        changed = changed[within(window, wider)]
        near_fibres = influence_of(self.index, "fibre", window, shape)
        near_missed = influence_of(self.index, "missed", window, shape)
        exchanges = [
            self._update_fibres(window, changed, near_fibres),
            self._update_missed(window, changed, near_missed),
        ]
        for name, layer in layers.items():
            self._before.layers[name][window] = layer[window]
        return SurveyChange(
            bounding([near_fibres, near_missed]),
            tuple(one.gone[at] for one in exchanges for at in sorted(one.touched_before)),
            tuple(one.come[at] for one in exchanges for at in sorted(one.touched_now)),
            tuple(pair for one in exchanges for pair in one.shifted),
        )

    def look_at(self, layers: Layers) -> None:
        """Look at other arrays of the same layers from now on; the next `update` finds how they differ.

        Raises
        ------
        InputError
            Where they are layers of another image.
        """
        if layers.keys() != self.sources.layers.keys() or shape_of(layers) != self.sources.shape:
            raise InputError(
                f"got the class layers {list(layers)} of shape {shape_of(layers)}, "
                f"expected {list(self.sources.layers)} of shape {self.sources.shape}; build the queue again."
            )
        self.sources = replace(self.sources, layers=layers)

    def _changed(self, window: Window) -> BoolArray:
        """Return which pixels of a window have changed in any layer, (Y, X), bool."""
        changed = np.zeros(self.sources.layers[AXON][window].shape, np.bool_)
        for name, layer in self.sources.layers.items():
            changed |= layer[window] != self._before.layers[name][window]
        return changed

    def _update_fibres(self, window: Window, changed: BoolArray, influence: Window) -> _Exchange:
        found = remeasure_fibres(self._before, self.sources, changed, window, influence, self.index)
        come = {fibre.at: self._judge.fibre(fibre) for fibre in found.fibres}
        exchange = self._exchange("fibre", influence, come, found.touched_before, found.touched_now)
        for at in exchange.gone:
            del self.fibres[at]
        self.fibres |= {fibre.at: fibre for fibre in found.fibres}
        return exchange

    def _update_missed(self, window: Window, changed: BoolArray, influence: Window) -> _Exchange:
        seen = grown(influence, MARGIN_PX + 1, self.sources.shape)
        marked = framed(changed, window, seen)
        found = self._find_missed(seen, marked=marked)
        known = {place.at for place in self.index.meeting(influence) if place.kind == "missed"}
        found = [place for place in found if place.at in known or meet(place.window, influence)]
        come = {place.at: self._judge.missed(place) for place in found}
        touched_before = {at for at in known if self.missed[at].overlaps(changed, window)}
        touched_now = {place.at for place in found if place.marked_px or place.at in touched_before}
        exchange = self._exchange("missed", influence, come, touched_before, touched_now)
        for at in exchange.gone:
            del self.missed[at]
        self.missed |= {place.at: place for place in found}
        return exchange

    def _find_missed(
        self, window: Window, *, marked: BoolArray | None = None, reporter: Reporter | None = None
    ) -> list[MissedMeasures]:
        """Find what may be missed in a window; without any sign that it is, a place is no place."""
        found = find_missed(
            self.sources,
            window,
            self._judge.missed_limits,
            self._uncertain_from,
            marked=marked,
            reporter=reporter,
        )
        return [place for place in found if self._judge.missed(place).score > 0]

    def _exchange(
        self,
        kind: PlaceKind,
        influence: Window,
        come: dict[Point, Place],
        touched_before: Set[Point],
        touched_now: Set[Point],
    ) -> _Exchange:
        """Put new places in the stead of those around an edit."""
        gone = {place.at: place for place in self.index.meeting(influence) if place.kind == kind}
        gone |= {at: place for at in come if (place := self.index.get((kind, at)))}
        for place in gone.values():
            self.index.remove(place.key)
        for place in come.values():
            self.index.add(place)
        return _Exchange(gone, come, touched_before, touched_now)
