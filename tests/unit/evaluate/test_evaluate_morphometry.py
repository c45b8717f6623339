"""Sizes of fibres that are known by hand, and those that the review queue measures."""

import numpy as np
import pytest
from ringimages import AXON_VALUE, MYELIN_VALUE, disc, rings

from labelbridge.core import AXON, BACKGROUND, MYELIN, ClassMap, LabelMap
from labelbridge.evaluate import FibreSizes, measure_fibre_sizes
from labelbridge.refine.review.measures import measure_fibres
from labelbridge.refine.review.sources import Sources, whole_of
from phantoms import make_sem

SHAPE = (80, 120)


def diameter(px2: int) -> float:
    return float(2 * np.sqrt(px2 / np.pi))


def test_a_ring_has_the_sizes_that_it_was_drawn_with() -> None:
    sizes = measure_fibre_sizes(rings(SHAPE, (40, 40, 12, 20)))
    assert sizes.unit == "px"
    assert sizes.axon_diameter == pytest.approx([24], rel=0.02)
    assert sizes.myelin_thickness == pytest.approx([8], rel=0.02)
    assert sizes.g_ratio == pytest.approx([0.6], rel=0.02)


def test_sizes_are_those_of_circles_with_the_same_areas() -> None:
    data = np.zeros(SHAPE, np.uint8)
    data[20:40, 20:60] = MYELIN_VALUE
    data[25:35, 30:50] = AXON_VALUE
    sizes = measure_fibre_sizes(LabelMap(data))
    assert sizes.axon_diameter == pytest.approx([diameter(200)])
    assert sizes.myelin_thickness == pytest.approx([(diameter(800) - diameter(200)) / 2])
    assert sizes.g_ratio == pytest.approx([0.5])


def test_fibres_that_touch_share_their_myelin_half_and_half() -> None:
    alone = measure_fibre_sizes(rings(SHAPE, (40, 40, 10, 15)))
    both = measure_fibre_sizes(rings(SHAPE, (40, 40, 10, 15), (40, 68, 10, 15)))
    assert both.axon_diameter == pytest.approx([*alone.axon_diameter] * 2)
    assert both.g_ratio[0] == pytest.approx(both.g_ratio[1], abs=0.01)
    assert both.g_ratio[0] == pytest.approx(alone.g_ratio[0], abs=0.01)


@pytest.mark.parametrize(("row", "count"), [(15, 0), (16, 1)])
def test_fibres_that_the_edge_cuts_are_left_out(row: int, count: int) -> None:
    """Also where the edge cuts the myelin alone."""
    assert measure_fibre_sizes(rings(SHAPE, (row, 40, 10, 15))).axon_diameter.size == count
    assert measure_fibre_sizes(rings(SHAPE, (79 - row, 40, 10, 15))).axon_diameter.size == count
    assert measure_fibre_sizes(rings(SHAPE, (40, row, 10, 15))).axon_diameter.size == count
    assert measure_fibre_sizes(rings(SHAPE, (40, 119 - row, 10, 15))).axon_diameter.size == count


def test_an_axon_without_myelin_has_a_diameter_alone() -> None:
    sizes = measure_fibre_sizes(rings(SHAPE, (40, 30, 10, 15), (40, 80, 6, 0)))
    assert sorted(sizes.axon_diameter) == pytest.approx([12, 20], rel=0.02)
    assert sizes.g_ratio.size == sizes.myelin_thickness.size == 1


@pytest.mark.parametrize(("gap", "count"), [(2, 1), (3, 0)])
def test_a_narrow_gap_between_axon_and_myelin_does_not_part_them(gap: int, count: int) -> None:
    data = np.zeros(SHAPE, np.uint8)
    data[20:60, 20:60] = MYELIN_VALUE
    data[30 - gap : 50 + gap, 30 - gap : 50 + gap] = 0
    data[30:50, 30:50] = AXON_VALUE
    assert measure_fibre_sizes(LabelMap(data)).g_ratio.size == count


def test_no_way_leads_through_further_classes() -> None:
    labels = rings(SHAPE, (40, 40, 10, 20))
    labels.data[disc(SHAPE, (40, 40), 15) & ~disc(SHAPE, (40, 40), 10)] = 3
    sizes = measure_fibre_sizes(LabelMap(labels.data, ClassMap((BACKGROUND, AXON, MYELIN, "uaxon"))))
    assert (sizes.axon_diameter.size, sizes.g_ratio.size) == (1, 0)


@pytest.mark.parametrize("seed", range(2))
def test_fibres_are_those_of_the_review_queue(seed: int) -> None:
    labels = LabelMap(make_sem(seed, (200, 240))[1])
    layers = {name: labels.mask(name).astype(np.uint8) for name in (AXON, MYELIN)}
    reviewed = [one for one in measure_fibres(Sources(layers), whole_of(labels.shape)).fibres if not one.is_cut_off]
    sizes = measure_fibre_sizes(labels)
    assert sizes.axon_diameter.size > 20
    assert sizes.axon_diameter == pytest.approx([diameter(one.axon_area_px2) for one in reviewed])
    assert sizes.g_ratio == pytest.approx([one.g_ratio for one in reviewed if one.g_ratio is not None])


def test_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = LabelMap(make_sem(3, (500, 100))[1])
    at_once = measure_fibre_sizes(labels)
    monkeypatch.setattr("labelbridge.core.plane._BAND_PX", 37 * 100)
    in_bands = measure_fibre_sizes(labels)
    assert at_once.axon_diameter.size > 20
    for name in ("g_ratio", "axon_diameter", "myelin_thickness"):
        np.testing.assert_array_equal(getattr(in_bands, name), getattr(at_once, name))


def test_an_image_without_fibres_has_no_sizes() -> None:
    sizes = measure_fibre_sizes(LabelMap(np.full(SHAPE, MYELIN_VALUE, np.uint8)))
    assert sizes.axon_diameter.size == sizes.g_ratio.size == sizes.myelin_thickness.size == 0


def test_lengths_are_told_in_um_and_images_put_together() -> None:
    sizes = measure_fibre_sizes(rings(SHAPE, (40, 40, 12, 20)))
    in_um = FibreSizes.pooled([sizes.in_um(0.5), sizes.in_um(0.25)])
    assert in_um.unit == "um"
    assert in_um.axon_diameter == pytest.approx([12, 6], rel=0.02)
    assert in_um.myelin_thickness == pytest.approx([4, 2], rel=0.02)
    assert in_um.g_ratio == pytest.approx([0.6, 0.6], rel=0.02)
