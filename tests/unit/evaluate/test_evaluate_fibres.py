"""Fibres found, missed, invented, merged and split, counted by hand and by sets of pixels."""

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


def counts(scores: FibreScores) -> tuple[int, int, int]:
    return scores.found, scores.missed, scores.invented


def joints(scores: FibreScores) -> tuple[int, int]:
    return scores.merged, scores.split


def test_found_missed_and_invented_are_counted() -> None:
    predicted = mask((0, 0, 10, 10), (2, 20, 10, 10), (20, 40, 5, 5))
    scores = score_fibres(predicted, TRUE)
    assert counts(scores) == (2, 1, 1)
    assert scores.f1 == pytest.approx(2 / 3)
    assert score_fibres(TRUE, TRUE) == FibreScores(3, 0, 0, 0, 0, 3.0)


@pytest.mark.parametrize(("rows", "is_found"), [(5, True), (4, False)])
def test_half_of_the_union_is_just_enough(rows: int, is_found: bool) -> None:
    found = score_fibres(mask((0, 0, rows, 10)), mask((0, 0, 10, 10)))
    assert counts(found) == ((1, 0, 0) if is_found else (0, 1, 1))


def test_quality_is_the_mean_overlap_of_what_was_found_times_f1() -> None:
    predicted = mask((0, 0, 5, 10), (0, 20, 10, 10), (20, 40, 5, 5))
    scores = score_fibres(predicted, TRUE)
    assert scores.sq == pytest.approx((0.5 + 1) / 2)
    assert scores.pq == pytest.approx((0.5 + 1) / (2 + 1 / 2 + 1 / 2))


def test_two_axons_with_a_bridge_are_merged() -> None:
    two, bridged = mask((0, 0, 10, 10), (0, 12, 10, 10)), mask((0, 0, 10, 10), (0, 12, 10, 10), (4, 10, 1, 2))
    assert counts(score_fibres(bridged, two)) == (0, 2, 1)
    assert joints(score_fibres(bridged, two)) == (2, 0)
    assert joints(score_fibres(two, bridged)) == (0, 1), "seen from the other side it is a split"


def test_a_large_axon_that_took_a_small_one_in_is_found_and_merged() -> None:
    true = mask((0, 0, 20, 20), (0, 22, 3, 3))
    scores = score_fibres(true | mask((1, 20, 1, 2)), true)
    assert counts(scores) == (1, 1, 0)
    assert joints(scores) == (2, 0)


def test_an_axon_that_grew_into_less_than_half_of_another_has_not_merged_with_it() -> None:
    true = mask((0, 0, 10, 10), (0, 12, 10, 10))
    assert joints(score_fibres(mask((0, 0, 10, 17)), true)) == (0, 0)
    assert joints(score_fibres(mask((0, 0, 10, 18)), true)) == (2, 0)


@pytest.mark.parametrize(("cut", "counted"), [(9, (0, 1, 2)), (14, (1, 0, 1))])
def test_an_axon_with_a_cut_is_split_whether_it_is_found_or_not(cut: int, counted: tuple[int, int, int]) -> None:
    scores = score_fibres(mask((0, 0, 10, cut), (0, cut + 2, 10, 18 - cut)), mask((0, 0, 10, 20)))
    assert counts(scores) == counted
    assert joints(scores) == (0, 1)


@pytest.mark.parametrize(("columns", "split"), [(1, 0), (2, 1)])
def test_specks_split_nothing(columns: int, split: int) -> None:
    """A tenth of the axon is the least part."""
    scores = score_fibres(mask((0, 0, 10, 10), (0, 11, 10, columns)), mask((0, 0, 10, 20)))
    assert scores.invented == 1
    assert joints(scores) == (0, split)


@pytest.mark.parametrize(
    ("prediction", "truth", "expected", "quality"),
    [
        (mask(), mask(), (0, 0, 0), 1.0),
        (mask(), TRUE, (0, 3, 0), 0.0),
        (TRUE, mask(), (0, 0, 3), 0.0),
        (np.zeros((0, 4), np.bool_), np.zeros((0, 4), np.bool_), (0, 0, 0), 1.0),
    ],
)
def test_masks_without_fibres(
    prediction: np.ndarray, truth: np.ndarray, expected: tuple[int, int, int], quality: float
) -> None:
    scores = score_fibres(prediction, truth)
    assert counts(scores) == expected
    assert joints(scores) == (0, 0)
    assert (scores.f1, scores.sq, scores.pq) == (quality, quality, quality)
    assert scores.values() == (*expected, quality, 0, 0, quality, quality)


def test_planes_count_by_themselves() -> None:
    assert score_fibres(np.stack([TRUE, TRUE]), np.stack([TRUE, mask()])) == FibreScores(3, 0, 3, 0, 0, 3.0)
    one, other = FibreScores(1, 2, 3, 4, 5, 0.5), FibreScores(10, 20, 30, 40, 50, 9.0)
    assert FibreScores.total([one, other]) == FibreScores(11, 22, 33, 44, 55, 9.5)
    assert FibreScores.total([]) == FibreScores(0, 0, 0, 0, 0, 0.0)


def test_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    predicted = mask((0, 0, 9, 10), (2, 20, 10, 10), (20, 1, 4, 10), (26, 1, 4, 9))
    at_once = score_fibres(predicted, TRUE)
    monkeypatch.setattr("labelbridge.core.plane._BAND_PX", 1)
    assert score_fibres(predicted, TRUE) == at_once
    assert at_once.split == 1


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
    scores = score_fibres(prediction, truth)
    assert counts(scores) == (found, len(areas[1]) - found, len(areas[0]) - found)
    assert scores.found_iou == pytest.approx(sum(ious[pair] for pair in matches))
    assert 0 < found < len(areas[1])


@pytest.mark.parametrize("seed", range(5))
def test_merged_and_split_are_those_of_areas_as_sets_of_pixels(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = ndimage.gaussian_filter(random.normal(size=(120, 120)), 2) > 0.12
    prediction = truth ^ (ndimage.gaussian_filter(random.normal(size=(120, 120)), 1) > 0.25)
    predicted, true = _areas(prediction), _areas(truth)
    holds = [sum(2 * len(axon & area) > len(axon) for axon in true) for area in predicted]
    parts = [
        sum(2 * len(axon & area) > len(area) and 10 * len(axon & area) >= len(axon) for area in predicted)
        for axon in true
    ]
    scores = score_fibres(prediction, truth)
    assert joints(scores) == (sum(count for count in holds if count > 1), sum(count > 1 for count in parts))
    assert scores.merged
    assert scores.split


def _areas(mask: np.ndarray) -> list[set[int]]:
    numbers, count = ndimage.label(mask)
    return [set(np.flatnonzero(numbers == number).tolist()) for number in range(1, count + 1)]


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"\(2, 4\).*\(4, 2\)"):
        score_fibres(np.zeros((2, 4), np.bool_), np.zeros((4, 2), np.bool_))
