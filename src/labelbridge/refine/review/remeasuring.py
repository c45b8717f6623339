"""What an edit did to the fibres around it, without looking at the whole image."""

from collections.abc import Iterator, Set
from typing import NamedTuple

import numpy as np

from labelbridge.core import GAP_PX, BoolArray
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point, growing_windows, grown, inside, within
from labelbridge.refine.review.index import PlaceIndex, bounding, meet
from labelbridge.refine.review.measures import FibreMeasures, MeasuredFibres, measure_fibres
from labelbridge.refine.review.place import PlaceKind
from labelbridge.refine.review.sources import Sources, whole_of

__all__ = ["Remeasured", "framed", "influence_of", "remeasure_fibres"]

_BESIDE_PX = GAP_PX + 1


class Remeasured(NamedTuple):
    """The fibres that an edit may have changed."""

    fibres: list[FibreMeasures]
    """As they are now."""

    touched_before: Set[Point]
    """Where the fibres of before began whose pixels the edit changed."""

    touched_now: Set[Point]
    """Where those of now begin whose pixels, or those of the fibre that they were, the edit changed."""


def influence_of(index: PlaceIndex, kind: PlaceKind, window: Window, shape: tuple[int, int]) -> Window:
    """Return the window of the places of a kind that a change may have touched, and of what lies beside them."""
    near = grown(window, _BESIDE_PX, shape)
    touched = [place.window for place in index.meeting(near) if place.kind == kind]
    return grown(bounding([near, *touched]), _BESIDE_PX, shape)


def remeasure_fibres(
    before: Sources, now: Sources, changed: BoolArray, window: Window, influence: Window, index: PlaceIndex
) -> Remeasured:
    """Measure the fibres around an edit, in a window that grows until nothing beyond it matters.

    Parameters
    ----------
    before, now
        What there was and is to look at.
    changed
        Which pixels changed, (Y, X) of `window`, bool.
    window
        Rows and columns of the edit.
    influence
        As `influence_of` gives it.
    index
        The places before the edit.
    """
    known = [place for place in index.meeting(influence) if place.kind == "fibre"]
    beginnings = {place.at for place in known}
    for seen in _windows(bounding([influence, *(place.window for place in known)]), now.shape):
        marked = framed(changed, window, seen)
        old, new = (measure_fibres(sources, seen, marked=marked) for sources in (before, now))
        fibres = [fibre for fibre in new.fibres if fibre.at in beginnings or meet(fibre.window, influence)]
        touched = [fibre for fibre in old.fibres if fibre.marked_px]
        if all(fibre.is_whole for fibre in (*fibres, *touched)):
            break
    return Remeasured(fibres, *_touched(old, new, seen))


def framed(mask: BoolArray, window: Window, outer: Window) -> BoolArray:
    """Return a mask (Y, X) of a window as one of a wider window."""
    wider = np.zeros(tuple(cut.stop - cut.start for cut in outer), np.bool_)
    wider[within(window, outer)] = mask
    return wider


def _windows(window: Window, shape: tuple[int, int]) -> Iterator[Window]:
    yield from growing_windows(window, shape)
    yield whole_of(shape)


def _touched(old: MeasuredFibres, new: MeasuredFibres, seen: Window) -> tuple[set[Point], set[Point]]:
    """Return where the old and the new fibres begin that are marked, or became one or came from one that is.

    The same is found with old and new exchanged: undo touches what the edit touched.
    """
    before = {fibre.at for fibre in old.fibres if fibre.marked_px}
    now = {fibre.at for fibre in new.fibres if fibre.marked_px}
    pairs = [(fibre.at, other.at) for fibre in old.fibres if (other := _fibre_at(new, fibre.at, seen))]
    pairs += [(other.at, fibre.at) for fibre in new.fibres if (other := _fibre_at(old, fibre.at, seen))]
    came_from = {one for one, other in pairs if other in now}
    became = {other for one, other in pairs if one in before}
    return before | came_from, now | became


def _fibre_at(measured: MeasuredFibres, at: Point, seen: Window) -> FibreMeasures | None:
    number = measured.axons[inside(at, seen)]
    return measured.fibres[number - 1] if number else None
