import numpy as np
import pytest

from labelbridge.jobs.curves import Curve


def curve(values: list[float] | np.ndarray, most: int = 20) -> Curve:
    made = Curve(most)
    for step, value in enumerate(values):
        made.add(step, float(value))
    return made


def test_few_points_are_drawn_as_they_are() -> None:
    steps, values = curve([3, 1, 2]).points()
    assert steps.tolist() == [0, 1, 2]
    assert values.tolist() == [3, 1, 2]
    assert [points.size for points in Curve().points()] == [0, 0]


@pytest.mark.parametrize("length", [21, 40, 41, 1_000, 12_345])
def test_a_long_curve_stays_short_and_keeps_what_stands_out(length: int) -> None:
    values = np.random.default_rng(0).normal(size=length)
    values[length // 3], values[length // 2] = 50, -50
    steps, found = curve(values).points()
    assert found.size <= 2 * 20
    assert {found.max(), found.min()} == {50, -50}
    assert np.all(np.diff(steps) > 0)
    assert np.array_equal(found, values[steps.astype(int)]), "each point is one that was there"
    assert steps[-1] > 0.85 * (length - 1) - 1


def test_a_resumed_run_takes_the_place_of_what_was_lost() -> None:
    made = curve([9] * 10)
    for step in (6, 7):
        made.add(step, 1)
    steps, values = made.points()
    assert steps.tolist() == list(range(8))
    assert values.tolist() == [9] * 6 + [1, 1]


def test_a_long_run_that_is_resumed_loses_at_most_one_part() -> None:
    made = curve([9] * 1_000)
    for step in range(500, 1_000):
        made.add(step, 1)
    steps, values = made.points()
    assert np.all(np.diff(steps) > 0)
    assert set(values[steps >= 500]) == {1}
    assert set(values[steps < 500]) == {9}
    assert steps[values == 9].max() > 350
