"""The annotator's way through an image, in reading order or along the review queue, and what it takes."""

from collections import deque
from collections.abc import Mapping, Set

import numpy as np

from annotating.aims import Goal
from annotating.annotator import Annotator
from annotating.costs import Costs, Effort
from annotating.leads import Leads
from annotating.truefibres import TrueFibres
from labelbridge.core import FloatArray, InputError, LabelMap
from labelbridge.refine.repairs.windows import Point
from labelbridge.refine.review import Place, ReviewQueue

__all__ = ["from_scratch", "simulate"]

_PATIENCE = 10
"""The queue is followed as long as at least half of so many places have led to errors."""

_ROUNDS = 3
"""A stroke may spoil a neighbour: all fibres are looked through for that up to so often."""


def simulate(
    masks: LabelMap,
    truth: LabelMap,
    uncertainty: FloatArray | None = None,
    paths: Mapping[str, LabelMap] | None = None,
    image: FloatArray | None = None,
    *,
    by_queue: bool = False,
    costs: Costs | None = None,
    goal: Goal | None = None,
) -> Effort:
    """Correct masks to the truth as a person would in the Refine dock, and return what it took.

    Without the queue, field after field is shown in reading order, and each fibre of the truth and each thing in the
    masks that is none is looked at. With it, places are shown in the order of the queue, until fewer than half of the
    last ten have led to an error. Then comes the rest in reading order, what was seen left out.

    Parameters
    ----------
    masks, truth
        Label maps of one shape. Axon and myelin count, further classes are background.
    uncertainty
        (Y, X), float32, 0 certain to 1 undecided, for the queue; None where there is none.
    paths
        Masks of further paths for the same image by name, for the queue.
    image
        The image, (Y, X), float32, any unit, for the queue; None where it knows the masks alone.
    by_queue
        Whether the queue is followed.
    costs
        What each action takes.
    goal
        When a fibre is right.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    if masks.shape != truth.shape:
        raise InputError(
            f"got masks of {masks.shape} and a truth of {truth.shape} (height, width), expected one shape."
        )
    annotator = Annotator(masks, TrueFibres.of(truth), costs or Costs(), goal or Goal())
    if by_queue:
        places = ReviewQueue.build(annotator.history.layers, uncertainty, paths, image)
        _read(annotator, _follow(annotator, list(places)))
    else:
        _read(annotator)
    _look_again(annotator)
    return annotator.effort()


def from_scratch(truth: LabelMap, *, costs: Costs | None = None, goal: Goal | None = None) -> Effort:
    """Return what the same annotator takes with empty masks, in reading order; parameters as of `simulate`."""
    empty = LabelMap(np.zeros(truth.shape, np.uint8))
    return simulate(empty, truth, costs=costs, goal=goal)


def _read(annotator: Annotator, seen: Set[int] = frozenset()) -> None:
    """Go through all fields in reading order; fibres that were seen are not looked at again."""
    for start, stop in annotator.fields():
        annotator.navigate()
        for number in annotator.fibres.in_field(start, stop).tolist():
            if number not in seen:
                annotator.inspect()
                annotator.correct(number)
        _remove_in_field(annotator, start, stop)


def _follow(annotator: Annotator, places: list[Place]) -> Set[int]:
    """Go along the queue as long as that is worth it; return the numbers of the fibres seen."""
    leads, seen = Leads(annotator), set[int]()
    was_error = deque([True] * _PATIENCE, _PATIENCE)
    for place in places:
        lead = leads(place)
        fibres = lead.fibres - seen
        inventions = [one for one in lead.inventions if one in annotator.inventions]
        if lead.is_somewhere and not (fibres or inventions):
            continue
        if sum(was_error) < _PATIENCE / 2:
            break
        was_error.append(bool(inventions) or not annotator.wrong.isdisjoint(fibres))
        annotator.navigate()
        annotator.inspect()
        for number in sorted(fibres):
            annotator.correct(number)
        for invention in inventions:
            annotator.remove(invention)
        seen |= fibres
    return seen


def _remove_in_field(annotator: Annotator, start: Point, stop: Point) -> None:
    for invention in list(annotator.inventions):
        if all(low <= at < high for low, at, high in zip(start, invention.centre, stop, strict=True)):
            annotator.inspect()
            annotator.remove(invention)


def _look_again(annotator: Annotator) -> None:
    """Go back to the fibres that a later stroke has spoilt."""
    for _ in range(_ROUNDS):
        for number in annotator.find_wrong():
            annotator.navigate()
            annotator.inspect()
            annotator.correct(number)
