"""Distributions of sizes that differ by what is known by hand."""

import numpy as np
import pytest
from ringimages import rings

from labelbridge.evaluate import SizeComparison, compare_distributions, measure_fibre_sizes

SHAPE = (80, 240)
CENTRES = ((40, 40, 10, 20), (40, 100, 14, 24), (40, 160, 8, 16), (40, 210, 12, 20))


def test_median_and_distance_are_in_the_unit_of_the_values() -> None:
    error = compare_distributions(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0, 4.0, 2.0]))
    assert (error.fibres, error.true_fibres) == (3, 5)
    assert (error.median, error.true_median) == (2, 3)
    assert error.difference_percent == pytest.approx(-100 / 3)
    assert error.wasserstein == pytest.approx(1)
    assert error.values() == (3, 5, 2, 3, error.difference_percent, error.wasserstein)


def test_the_order_of_fibres_does_not_matter() -> None:
    values = np.random.default_rng(0).random(50)
    error = compare_distributions(values, values[::-1])
    assert error.wasserstein == pytest.approx(0)
    assert error.difference_percent == 0


@pytest.mark.parametrize(("predicted", "true"), [([], [1.0]), ([1.0], []), ([], [])])
def test_without_fibres_there_is_nothing_to_compare(predicted: list[float], true: list[float]) -> None:
    error = compare_distributions(np.array(predicted), np.array(true))
    assert (error.fibres, error.true_fibres) == (len(predicted), len(true))
    assert np.isnan(error.wasserstein)
    assert np.isnan(error.difference_percent)
    assert np.isnan([error.median, error.true_median]).tolist() == [not predicted, not true]


def test_myelin_that_grew_into_the_axons_shows_in_all_sizes() -> None:
    """By a pixel: diameters lose two, thickness gains one."""
    grown = rings(SHAPE, *((row, column, inner - 1, outer) for row, column, inner, outer in CENTRES))
    sizes = SizeComparison(measure_fibre_sizes(grown), measure_fibre_sizes(rings(SHAPE, *CENTRES)))
    errors = sizes.errors()
    assert errors["axon_diameter"].wasserstein == pytest.approx(2, abs=0.1)
    assert errors["axon_diameter"].difference_percent == pytest.approx(-100 / 11, abs=1)
    assert errors["myelin_thickness"].wasserstein == pytest.approx(1, abs=0.05)
    assert errors["g_ratio"].wasserstein == pytest.approx(np.mean([1 / outer for *_, outer in CENTRES]), abs=0.003)
    in_um = sizes.in_um(0.1).errors()
    assert in_um["axon_diameter"].wasserstein == pytest.approx(0.1 * errors["axon_diameter"].wasserstein)
    assert in_um["axon_diameter"].difference_percent == pytest.approx(errors["axon_diameter"].difference_percent)
    assert in_um["g_ratio"] == errors["g_ratio"]


def test_images_are_compared_as_one_where_they_are_put_together() -> None:
    small, large = (measure_fibre_sizes(rings(SHAPE, (40, 40, inner, 20))) for inner in (5, 15))
    swapped = [SizeComparison(small, large), SizeComparison(large, small)]
    assert all(one.errors()["axon_diameter"].wasserstein == pytest.approx(20, abs=0.3) for one in swapped)
    together = SizeComparison.pooled(swapped)
    assert together.unit == "px"
    assert together.errors()["axon_diameter"].wasserstein == pytest.approx(0)
    assert together.errors()["axon_diameter"].true_fibres == 2
