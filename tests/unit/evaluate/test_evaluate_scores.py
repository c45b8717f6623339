"""Dice, IoU, sensitivity and specificity against numbers counted by hand."""

import numpy as np
import pytest

from labelbridge.core import ClassMap, InputError, LabelMap
from labelbridge.evaluate.scores import Scores, score, score_masks

FULL, EMPTY = np.ones((2, 4), np.bool_), np.zeros((2, 4), np.bool_)
HALF = np.array([[1, 1, 1, 1], [0, 0, 0, 0]], np.bool_)


def test_numbers_counted_by_hand() -> None:
    prediction = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], np.bool_)
    assert score_masks(prediction, HALF) == Scores(dice=4 / 7, iou=2 / 5, sensitivity=2 / 4, specificity=3 / 4)


@pytest.mark.parametrize(
    ("prediction", "truth", "expected"),
    [
        (EMPTY, EMPTY, Scores(1, 1, 1, 1)),
        (HALF, EMPTY, Scores(0, 0, 0, 0.5)),
        (EMPTY, HALF, Scores(0, 0, 0, 1)),
        (FULL, FULL, Scores(1, 1, 1, 1)),
        (HALF, FULL, Scores(2 / 3, 0.5, 0.5, 0)),
        (FULL, EMPTY, Scores(0, 0, 0, 0)),
    ],
)
def test_empty_and_full_masks(prediction: np.ndarray, truth: np.ndarray, expected: Scores) -> None:
    assert score_masks(prediction, truth) == expected


def test_classes_are_scored_by_name_not_by_number() -> None:
    truth = LabelMap(np.array([[0, 1, 1, 2]], np.uint8))
    swapped = LabelMap(np.array([[0, 2, 2, 1]], np.uint8), ClassMap(("background", "myelin", "axon")))
    scores = score(swapped, truth)
    assert list(scores) == ["axon", "myelin"]
    assert all(one == Scores(1, 1, 1, 1) for one in scores.values())


def test_a_class_of_one_side_only_is_not_scored() -> None:
    truth = LabelMap(np.array([[0, 1, 3, 2]], np.uint8), ClassMap(("background", "axon", "myelin", "uaxon")))
    assert set(score(LabelMap(np.array([[0, 1, 0, 2]], np.uint8)), truth)) == {"axon", "myelin"}


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"\(2, 4\).*\(4, 2\)"):
        score(LabelMap(np.zeros((2, 4), np.uint8)), LabelMap(np.zeros((4, 2), np.uint8)))
