"""Fibres found, missed and invented, counted by hand and by a matching of one to one."""

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.core import InputError
from labelbridge.evaluate import FibreScores, score_fibres


def mask(*boxes: tuple[int, int, int, int], shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    """Rectangles: first row, first column, rows, columns."""
    made = np.zeros(shape, np.bool_)
    for row, column, height, width in boxes:
        made[row : row + height, column : column + width] = True
    return made


TRUE = mask((0, 0, 10, 10), (0, 20, 10, 10), (20, 0, 10, 10))


def test_found_missed_and_invented_are_counted() -> None:
    predicted = mask((0, 0, 10, 10), (2, 20, 10, 10), (20, 40, 5, 5))
    assert score_fibres(predicted, TRUE) == FibreScores(found=2, missed=1, invented=1)
    assert score_fibres(predicted, TRUE).f1 == pytest.approx(2 / 3)
    assert score_fibres(TRUE, TRUE) == FibreScores(3, 0, 0)


@pytest.mark.parametrize(("rows", "is_found"), [(5, True), (4, False)])
def test_half_of_the_union_is_just_enough(rows: int, is_found: bool) -> None:
    found = score_fibres(mask((0, 0, rows, 10)), mask((0, 0, 10, 10)))
    assert found == (FibreScores(1, 0, 0) if is_found else FibreScores(0, 1, 1))


def test_fibres_that_grew_together_are_not_found() -> None:
    two, one = mask((0, 0, 10, 10), (0, 12, 10, 10)), mask((0, 0, 10, 22))
    assert score_fibres(one, two) == FibreScores(found=0, missed=2, invented=1)
    assert score_fibres(two, one) == FibreScores(found=0, missed=1, invented=2)


@pytest.mark.parametrize(
    ("prediction", "truth", "expected", "f1"),
    [
        (mask(), mask(), FibreScores(0, 0, 0), 1.0),
        (mask(), TRUE, FibreScores(0, 3, 0), 0.0),
        (TRUE, mask(), FibreScores(0, 0, 3), 0.0),
        (np.zeros((0, 4), np.bool_), np.zeros((0, 4), np.bool_), FibreScores(0, 0, 0), 1.0),
    ],
)
def test_masks_without_fibres(prediction: np.ndarray, truth: np.ndarray, expected: FibreScores, f1: float) -> None:
    scores = score_fibres(prediction, truth)
    assert scores == expected
    assert scores.f1 == f1
    assert scores.values() == (expected.found, expected.missed, expected.invented, f1)


def test_planes_count_by_themselves() -> None:
    assert score_fibres(np.stack([TRUE, TRUE]), np.stack([TRUE, mask()])) == FibreScores(3, 0, 3)
    assert FibreScores.total([FibreScores(1, 2, 3), FibreScores(10, 20, 30)]) == FibreScores(11, 22, 33)
    assert FibreScores.total([]) == FibreScores(0, 0, 0)


@pytest.mark.parametrize("seed", range(10))
def test_no_fibre_is_found_twice(seed: int) -> None:
    """The same as where areas, as sets of pixels, are matched one to one, those that agree best first."""
    random = np.random.default_rng(seed)
    truth = ndimage.gaussian_filter(random.normal(size=(60, 60)), 2) > 0.05
    prediction = truth ^ (ndimage.gaussian_filter(random.normal(size=(60, 60)), 1) > 0.22)
    areas = [_areas(prediction), _areas(truth)]
    ious = {
        (one, other): len(areas[0][one] & areas[1][other]) / len(areas[0][one] | areas[1][other])
        for one in range(len(areas[0]))
        for other in range(len(areas[1]))
    }
    matches: list[tuple[int, int]] = []
    for pair in sorted(ious, key=lambda pair: -ious[pair]):
        if ious[pair] >= 0.5 and not any(pair[side] == match[side] for match in matches for side in (0, 1)):
            matches.append(pair)
    found = len(matches)
    assert score_fibres(prediction, truth) == FibreScores(found, len(areas[1]) - found, len(areas[0]) - found)
    assert 0 < found < len(areas[1])


def _areas(mask: np.ndarray) -> list[set[int]]:
    numbers, count = ndimage.label(mask)
    return [set(np.flatnonzero(numbers == number).tolist()) for number in range(1, count + 1)]


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"\(2, 4\).*\(4, 2\)"):
        score_fibres(np.zeros((2, 4), np.bool_), np.zeros((4, 2), np.bool_))
