"""Outlines of fibres, to be drawn by a viewer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, BoolArray, number_areas
from labelbridge.io.export.outlines import trace_areas
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import grown, inside, within
from labelbridge.refine.review.index import bounding
from labelbridge.refine.review.place import Place
from labelbridge.refine.review.sources import Sources
from labelbridge.refine.review.territory import territory_of

__all__ = ["Outline", "fibre_outlines", "outline_of"]

Outline = list[NDArray[np.float64]]
"""Closed rings along the edges of the pixels, each (N, 2): row and column in px, whole numbers in a pixel's centre."""


def outline_of(mask: BoolArray, window: Window) -> Outline:
    """Return the outline of a mask (Y, X) of a window, holes included."""
    start = np.array([cut.start for cut in window]) - 1 / 2
    return [ring[:, ::-1] + start for rings in trace_areas(mask) for ring in rings]


def fibre_outlines(sources: Sources, places: Sequence[Place]) -> list[Outline]:
    """Return the outlines of fibres that lie near each other, axon and myelin as one, in the order of the places."""
    if not places:
        return []
    reach_px = max(cut.stop - cut.start for place in places for cut in place.window)
    window = grown(bounding(place.window for place in places), reach_px, sources.shape)
    axons, _ = number_areas(sources.layers[AXON][window])
    owner = territory_of(sources.layers, window, axons, sources.shape).owner
    return [
        outline_of(owner[within(place.window, window)] == axons[inside(place.at, window)], place.window)
        for place in places
    ]
