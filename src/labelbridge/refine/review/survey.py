"""All places of an image, measured and ranked, and kept in step with edits of the masks."""

from dataclasses import replace
from itertools import chain

import numpy as np

from labelbridge.core import AXON, BoolArray, Reporter
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.repairs.windows import Point, grown, tight, within
from labelbridge.refine.review.checkpoints import with_checkpoints
from labelbridge.refine.review.exchange import Exchange, Remeasurement
from labelbridge.refine.review.index import PlaceIndex, bounding, meet
from labelbridge.refine.review.measures import FibreMeasures, measure_fibres
from labelbridge.refine.review.missed import INFLUENCE_PX, MissedMeasures, find_missed
from labelbridge.refine.review.remeasuring import framed, influence_of, remeasure_fibres
from labelbridge.refine.review.scoring import Judge
from labelbridge.refine.review.settings import ReviewSettings
from labelbridge.refine.review.sources import Sources, whole_of
from labelbridge.refine.review.tiles import MARGIN_PX
from labelbridge.refine.review.typical import TypicalFibre

__all__ = ["Survey"]


class Survey:
    """The places of an image, and the masks that they were measured on.

    An edit is measured by `measure`, which may take its time in another thread, one after the other, and changes
    nothing that is to be seen; `take` makes it count.

    Parameters
    ----------
    sources
        What there is to look at; the layers are copied.
    settings
        What counts how much.
    reporter
        Told the progress, asked whether to stop.

    Attributes
    ----------
    sources
        What the places were measured on.
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
        self.sources, self._next = _copied(sources), _copied(sources)
        self._ahead: Window | None = None
        found = measure_fibres(self.sources, whole, reporter=reporter).fibres
        self._uncertain_from = settings.uncertain_from
        self._judge = Judge(settings, TypicalFibre.of(found), len(sources.paths))
        self.fibres: dict[Point, FibreMeasures] = {fibre.at: fibre for fibre in found}
        self.missed = self._find_missed(self.sources, whole, reporter=reporter)
        places = chain(map(self._judge.fibre, self.fibres.values()), map(self._judge.missed, self.missed.values()))
        self.index = PlaceIndex(with_checkpoints(places, reporter))

    def measure(self, window: Window, content: Layers) -> Remeasurement | None:
        """Measure what changes with a new content of a window; None where it is not new.

        Parameters
        ----------
        window
            Rows and columns.
        content
            What the layers have there now, each (Y, X) of the window, uint8.
        """
        changed = self._look_ahead(window, content)
        if not changed.any():
            return None
        edited = tight(window, changed)
        changed = changed[within(edited, window)]
        near_fibres = influence_of(self.index, "fibre", edited, self.sources.shape)
        around = grown(edited, INFLUENCE_PX, self.sources.shape)
        near_missed = influence_of(self.index, "missed", around, self.sources.shape)
        fibres, fibre_exchange = self._measure_fibres(edited, changed, near_fibres)
        missed, missed_exchange = self._measure_missed(edited, changed, near_missed)
        return Remeasurement(
            edited, bounding([near_fibres, near_missed]), fibres, missed, fibre_exchange, missed_exchange
        )

    def take(self, measured: Remeasurement) -> None:
        """Let what was measured last count."""
        for name, layer in self.sources.layers.items():
            layer[measured.edited] = self._next.layers[name][measured.edited]
        self._ahead = None
        for exchange in measured.exchanges:
            for place in exchange.leaving:
                self.index.remove(place.key)
            for place in exchange.entering:
                self.index.add(place)
        for at in measured.fibre_exchange.gone:
            del self.fibres[at]
        for at in measured.missed_exchange.gone:
            del self.missed[at]
        self.fibres |= measured.fibres
        self.missed |= measured.missed

    def _look_ahead(self, window: Window, content: Layers) -> BoolArray:
        """Put the content into the masks to be measured next; return which pixels change, (Y, X), bool.

        These masks differ from those of the places in this window only, also where what was measured before was not
        taken over: what has changed elsewhere must not be seen, or fibres would change that nobody measures again.
        """
        known, ahead = self.sources.layers, self._next.layers
        if self._ahead is not None:
            for name, layer in known.items():
                ahead[name][self._ahead] = layer[self._ahead]
        self._ahead = window
        changed = np.zeros(known[AXON][window].shape, np.bool_)
        for name, layer in content.items():
            changed |= known[name][window] != layer
            ahead[name][window] = layer
        return changed

    def _measure_fibres(
        self, window: Window, changed: BoolArray, influence: Window
    ) -> tuple[dict[Point, FibreMeasures], Exchange]:
        found = remeasure_fibres(self.sources, self._next, changed, window, influence, self.index)
        come = {fibre.at: self._judge.fibre(fibre) for fibre in found.fibres}
        exchange = Exchange.of(self.index, "fibre", influence, come, found.touched_before, found.touched_now)
        return {fibre.at: fibre for fibre in found.fibres}, exchange

    def _measure_missed(
        self, window: Window, changed: BoolArray, influence: Window
    ) -> tuple[dict[Point, MissedMeasures], Exchange]:
        seen = grown(influence, MARGIN_PX + 1, self.sources.shape)
        known = {place.at for place in self.index.meeting(influence) if place.kind == "missed"}
        found = {
            at: place
            for at, place in self._find_missed(self._next, seen, marked=framed(changed, window, seen)).items()
            if at in known or meet(place.window, influence)
        }
        come = {at: self._judge.missed(place) for at, place in found.items()}
        touched_before = {at for at in known if self.missed[at].overlaps(changed, window)}
        touched_now = {at for at, place in found.items() if place.marked_px or at in touched_before}
        return found, Exchange.of(self.index, "missed", influence, come, touched_before, touched_now)

    def _find_missed(
        self, sources: Sources, window: Window, *, marked: BoolArray | None = None, reporter: Reporter | None = None
    ) -> dict[Point, MissedMeasures]:
        """Find what may be missed in a window; without any sign that it is, a place is no place."""
        found = find_missed(
            sources,
            window,
            self._judge.missed_limits,
            self._uncertain_from,
            look=self._judge.spot_look,
            marked=marked,
            reporter=reporter,
        )
        return {place.at: place for place in found if self._judge.missed(place).score > 0}


def _copied(sources: Sources) -> Sources:
    return replace(sources, layers={name: layer.copy() for name, layer in sources.layers.items()})
