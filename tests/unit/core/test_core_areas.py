"""Areas of masks, counted by hand."""

import numpy as np
import pytest

from labelbridge.core import circle_diameter, count_pixels, count_shared_pixels, number_areas

ONE = np.array([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [0, 0, 1, 0, 0]])
OTHER = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 0, 1], [0, 0, 1, 1, 1]])


def test_areas_that_touch_by_a_corner_are_two_and_each_has_its_size() -> None:
    numbers, count = number_areas(ONE)
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [[1, 1, 0, 0, 2], [1, 0, 3, 0, 2], [0, 0, 3, 0, 0]]
    assert count_pixels(numbers, count).tolist() == [8, 3, 2, 2]


@pytest.mark.parametrize("band_px", [1, 2**22])
def test_areas_that_share_pixels_are_found_whichever_bands_they_are_looked_at_in(
    monkeypatch: pytest.MonkeyPatch, band_px: int
) -> None:
    monkeypatch.setattr("labelbridge.core.plane._BAND_PX", band_px)
    (one, count), (other, other_count) = number_areas(ONE), number_areas(OTHER)
    assert (count, other_count) == (3, 1)
    assert count_pixels(one, count).sum() == ONE.size
    shared = count_shared_pixels(one, other, other_count)
    assert [part.tolist() for part in shared] == [[1, 2, 3], [1, 1, 1], [2, 1, 2]]


def test_masks_without_areas_share_nothing() -> None:
    nothing, count = number_areas(np.zeros((4, 5)))
    one, _ = number_areas(np.ones((4, 5)))
    assert count == 0
    assert [part.size for part in count_shared_pixels(one, nothing, 0)] == [0, 0, 0]
    assert count_pixels(nothing, 0).tolist() == [20]


def test_a_circle_of_an_area_has_its_diameter() -> None:
    assert circle_diameter(np.pi) == pytest.approx(2)
    np.testing.assert_allclose(circle_diameter(np.array([0, 314, 100])), [0, 20, 11.28], atol=0.01)
