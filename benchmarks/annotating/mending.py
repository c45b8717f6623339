"""The quickest way to mend a part of the masks, of those that an annotator would think of."""

from collections.abc import Iterator
from math import inf

import numpy as np

from annotating.aims import Aim
from annotating.curves import Curves
from annotating.hand import Hand
from annotating.plan import Plan
from annotating.repairing import bordered, deleted, filled, grown_ring, repaired
from annotating.truefibres import CODES, Codes
from labelbridge.core import AXON, MYELIN

__all__ = ["mend"]


def mend(aim: Aim, codes: Codes, hand: Hand, shape: tuple[int, int]) -> Plan:
    """Return the quickest plan that reaches an aim; one without steps where none does.

    Each plan begins in another way: with nothing, a repair, a ring to be filled, or an axon around which a ring grows.
    Then, again and again, comes the stroke, or the fill of a ring, that mends most pixels a second.

    Parameters
    ----------
    aim
        What the masks should become.
    codes
        Masks, (Y, X) of the aim's window.
    hand
        What the annotator has in hand.
    shape
        Height and width of the image in px.
    """
    curves = Curves(aim, codes)
    best, best_s = Plan(codes, hand), inf
    for begun in _beginnings(aim, curves, Plan(codes, hand), shape):
        plan = _finished(begun, aim, curves, shape, best_s)
        if plan is not None:
            best, best_s = plan, plan.seconds
    return best


def _beginnings(aim: Aim, curves: Curves, plan: Plan, shape: tuple[int, int]) -> Iterator[Plan]:
    yield plan
    yield from repaired(plan, aim, shape)
    yield from grown_ring(plan, aim, shape)
    yield from bordered(plan, aim, shape)
    cleared = list(deleted(plan, aim, shape))
    yield from cleared
    for begun in (plan, *cleared):
        for ringed in _painted(begun, curves, MYELIN):
            yield from filled(ringed, aim, shape)
        for with_axon in _painted(begun, curves, AXON):
            yield from grown_ring(with_axon, aim, shape)


def _painted(plan: Plan, curves: Curves, name: str) -> Iterator[Plan]:
    """Give the plan with the best stroke of a class at its end."""
    stroke = curves.best_stroke(plan.codes, plan.hand.brush_s, only=CODES[name])
    if stroke is not None:
        yield plan.then_stroke(stroke)


def _finished(plan: Plan, aim: Aim, curves: Curves, shape: tuple[int, int], limit_s: float) -> Plan | None:
    """Return the plan with what is still needed at its end; None where it takes at least `limit_s`."""
    while plan.seconds < limit_s:
        to_change = aim.to_change(plan.codes)
        if not to_change:
            return plan
        ways = [*filled(plan, aim, shape)]
        for exactly in (False, True):
            stroke = curves.best_stroke(plan.codes, plan.hand.brush_s, exactly=exactly)
            ways += [] if stroke is None else [plan.then_stroke(stroke)]
            best = max(ways, key=lambda way: _worth(way, plan, aim, to_change), default=plan)
            if _worth(best, plan, aim, to_change) > 0:
                break
        else:
            return None
        plan = best
    return None


def _worth(after: Plan, before: Plan, aim: Aim, to_change: int) -> float:
    """Return the pixels mended a second, less those spoilt; no more than needed are counted."""
    if after is before:
        return 0.0
    mended = np.count_nonzero(after.codes == aim.truth) - np.count_nonzero(before.codes == aim.truth)
    return min(mended, to_change) / (after.seconds - before.seconds)
