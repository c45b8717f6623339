"""Outlines of places, found by a worker and kept while they are true."""

from collections.abc import Mapping, Sequence

from psygnal import Signal

from labelbridge.plugin.presenters.ranking import Ranking
from labelbridge.refine.review import Outline, Place

__all__ = ["Outlining"]

_MOST = 1000
"""So many outlines are kept, the latest."""


class Outlining:
    """Knows the outlines of places that were asked for.

    Parameters
    ----------
    ranking
        Has a worker that finds them.

    Attributes
    ----------
    changed
        Emitted when more outlines are known.
    """

    changed = Signal()

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self._known: dict[Place, Outline] = {}

    def of(self, places: Sequence[Place]) -> dict[Place, Outline]:
        """Return the outlines that are known of places; the others follow, as `changed` tells."""
        unknown = [place for place in places if place not in self._known]
        if unknown:
            self._ranking.outline(unknown, self._take)
        return {place: self._known[place] for place in places if place in self._known}

    def forget(self) -> None:
        """Forget all, because another image is corrected."""
        self._known.clear()

    def _take(self, found: Mapping[Place, Outline]) -> None:
        self._known |= found
        for place in list(self._known)[:-_MOST]:
            del self._known[place]
        if found:
            self.changed.emit()
