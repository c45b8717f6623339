import numpy as np
import pytest

from labelbridge.bootstrap.closerlook import add_fibres
from labelbridge.core import LabelArray, LabelMap, Reporter
from labelbridge.core import plane as planes

SHAPE = (90, 180)


def fibre(labels: LabelArray, y: int, x: int, axon_px: float, fibre_px: float) -> None:
    """Draw a fibre of two radii over what is background."""
    rows, columns = np.mgrid[: labels.shape[0], : labels.shape[1]]
    away = np.hypot(rows - y, columns - x)
    labels[(away < fibre_px) & (labels == 0)] = 2
    labels[away < axon_px] = 1


def empty() -> LabelArray:
    return np.zeros(SHAPE, np.uint8)


@pytest.mark.parametrize("band_px", [1 << 22, 1, 1000])
def test_a_whole_fibre_is_added(band_px: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planes, "_BAND_PX", band_px)
    before, after = empty(), empty()
    fibre(before, 45, 45, 12, 20)
    fibre(after, 45, 45, 12, 20)
    fibre(after, 40, 120, 6, 10)
    first = LabelMap(before.copy())
    assert add_fibres(first, LabelMap(after), Reporter()) == 1
    np.testing.assert_array_equal(first.data, after)


def test_what_the_first_look_saw_stays() -> None:
    before, after = empty(), empty()
    fibre(before, 45, 45, 12, 20)
    fibre(after, 45, 45, 9, 24)
    first = LabelMap(before.copy())
    assert add_fibres(first, LabelMap(after), Reporter()) == 0
    np.testing.assert_array_equal(first.data, before)


def test_an_axon_in_half_a_ring_is_not_added() -> None:
    after = empty()
    fibre(after, 45, 45, 8, 14)
    after[:45][after[:45] == 2] = 0
    first = LabelMap(empty())
    assert add_fibres(first, LabelMap(after), Reporter()) == 0
    assert not first.data.any()


def test_myelin_of_other_fibres_and_far_from_the_axon_is_left() -> None:
    before, after = empty(), empty()
    fibre(before, 45, 40, 10, 16)
    fibre(after, 45, 40, 14, 22)
    fibre(after, 45, 66, 6, 10)
    after[45:48, 76:150] = 2
    first = LabelMap(before.copy())
    assert add_fibres(first, LabelMap(after), Reporter()) == 1
    added = first.data != before
    assert added[45, 66]
    assert added[45, 74]
    assert not added[:, :50].any()
    assert not added[:, 76 + 10 :].any()


def test_axons_that_touch_share_the_line_between_them() -> None:
    after = empty()
    fibre(after, 45, 45, 8, 14)
    fibre(after, 45, 72, 8, 14)
    first = LabelMap(empty())
    assert add_fibres(first, LabelMap(after), Reporter()) == 2
    np.testing.assert_array_equal(first.data, after)


def test_nothing_seen_adds_nothing() -> None:
    first = LabelMap(empty())
    assert add_fibres(first, LabelMap(empty()), Reporter()) == 0
