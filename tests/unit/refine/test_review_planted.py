"""Errors planted in phantoms come first in the queue."""

from functools import cache

import numpy as np
import pytest
from reviewscenes import Planted, planted

from labelbridge.refine.review import ReviewQueue

FIRST = 0.2


@cache
def phantom(seed: int) -> Planted:
    return planted(seed)


def held_in_first(queue: ReviewQueue, masks: Planted) -> float:
    """Return how many of the wrong places the first fifth of the queue holds, over how many it could hold."""
    is_wrong = [masks.is_wrong(place) for place in queue]
    first = round(FIRST * len(is_wrong))
    return sum(is_wrong[:first]) / min(first, sum(is_wrong))


@pytest.mark.parametrize(
    ("with_map", "with_path", "least"), [(True, True, 0.9), (True, False, 0.75), (False, False, 0.7)]
)
def test_planted_errors_come_first(with_map: bool, with_path: bool, least: float) -> None:
    held = []
    for seed in (1, 2):
        masks = phantom(seed)
        uncertainty, paths = masks.uncertainty if with_map else None, {"tutorship": masks.other} if with_path else {}
        queue = ReviewQueue.build(masks.layers, uncertainty, paths)
        held.append(held_in_first(queue, masks))
    assert np.mean(held) >= least


def test_every_planted_error_has_a_place_where_another_path_ran() -> None:
    masks = phantom(1)
    queue = ReviewQueue.build(masks.layers, masks.uncertainty, {"tutorship": masks.other})
    for row, column in masks.wrong:
        at = slice(int(row), int(row) + 1), slice(int(column), int(column) + 1)
        assert queue.places_in(at)
        assert queue.places_in(at)[0].score > 0.3
