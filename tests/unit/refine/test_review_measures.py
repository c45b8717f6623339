"""What is measured of fibres, against drawn ones whose numbers are known."""

import numpy as np
import pytest
from drawnfibres import blank, disc, draw

from labelbridge.core import AXON, MYELIN, InputError, LabelArray, LabelMap
from labelbridge.refine.review.measures import FibreMeasures, measure_fibres
from labelbridge.refine.review.missed import find_missed
from labelbridge.refine.review.sources import Sources, whole_of

SHAPE = (80, 100)


def measured(layers: dict[str, LabelArray], **known: object) -> list[FibreMeasures]:
    return measure_fibres(Sources(layers, **known), whole_of(SHAPE)).fibres  # type: ignore[arg-type]


def test_a_round_fibre() -> None:
    layers = blank()
    draw(layers, (40, 50), 12, 20)
    (fibre,) = measured(layers)
    axon, whole = (disc(SHAPE, (40, 50), radius) for radius in (12, 20))
    assert fibre.at == (28, 50)
    assert fibre.centre == (40, 50)
    assert fibre.window == (slice(20, 61), slice(30, 71))
    assert (fibre.axon_area_px2, fibre.myelin_area_px2) == (axon.sum(), (whole & ~axon).sum())
    assert fibre.g_ratio == pytest.approx(0.6, abs=0.01)
    assert fibre.fill == pytest.approx(1, abs=0.01)
    assert fibre.elongation == pytest.approx(1, abs=0.01)
    assert (fibre.bareness, fibre.touching, fibre.is_cut_off) == (0, 0, False)
    assert (fibre.uncertainty, fibre.rim_uncertainty, fibre.disagreement) == (None, None, None)


def test_a_ring_with_a_gap_is_open_by_its_part() -> None:
    layers = blank()
    draw(layers, (40, 50), 10, 14)
    layers[MYELIN][:40] = 0
    (half,) = measured(layers)
    assert half.bareness == pytest.approx(0.45, abs=0.1)
    layers[MYELIN][:] = 0
    (bare,) = measured(layers)
    assert (bare.bareness, bare.g_ratio) == (1, None)


def test_shapes_that_are_no_axons() -> None:
    layers = blank()
    layers[AXON][10:14, 5:45] = 1
    layers[AXON][30:60, 10:14] = layers[AXON][56:60, 10:40] = 1
    bar, angle = measured(layers)
    assert bar.elongation == pytest.approx(10, abs=0.3)
    assert bar.fill == pytest.approx(0.95, abs=0.01)
    assert angle.fill < 0.6


def test_axons_side_by_side_touch_and_others_do_not() -> None:
    layers = blank()
    layers[AXON][10:30, 10:30] = layers[AXON][10:30, 31:50] = layers[AXON][10:30, 55:70] = 1
    assert [fibre.touching > 0.2 for fibre in measured(layers)] == [True, True, False]


def test_the_edge_of_the_image_is_no_gap() -> None:
    layers = blank()
    draw(layers, (0, 50), 10, 14)
    (fibre,) = measured(layers)
    assert fibre.is_cut_off
    assert fibre.bareness == 0


def test_uncertainty_inside_and_around() -> None:
    layers = blank()
    draw(layers, (40, 50), 10, 14)
    uncertainty = np.where(disc(SHAPE, (40, 50), 14), 0.5, 0.75).astype(np.float32)
    uncertainty[disc(SHAPE, (40, 50), 10)] = 0.25
    (fibre,) = measured(layers, uncertainty=uncertainty)
    assert (fibre.uncertainty, fibre.rim_uncertainty) == (0.25, 0.75)


def test_paths_disagree_by_the_best_match() -> None:
    layers = blank()
    layers[AXON][10:30, 10:30] = layers[AXON][50:60, 60:70] = 1
    half = np.zeros(SHAPE, np.uint8)
    half[10:30, 10:20] = half[12:14, 25:29] = 1
    same = layers[AXON].copy()
    alone = measured(layers, paths={"half": LabelMap(half)})
    assert [fibre.disagreement for fibre in alone] == pytest.approx([0.5, 1])
    both = measured(layers, paths={"half": LabelMap(half), "same": LabelMap(same)})
    assert [fibre.disagreement for fibre in both] == pytest.approx([0.25, 0.5])


def test_missed_fibres_are_hollow_rings_uncertain_areas_and_those_of_others() -> None:
    layers = blank()
    draw(layers, (20, 20), 8, 12, hollow=True)
    draw(layers, (20, 60), 8, 12)
    uncertainty = np.where(disc(SHAPE, (60, 20), 7), 0.9, 0.1).astype(np.float32)
    other = np.where(disc(SHAPE, (60, 60), 7) | disc(SHAPE, (20, 60), 7), 1, 0).astype(np.uint8)
    sources = Sources(layers, uncertainty, {"direct": LabelMap(other)})
    ring, area, found = sorted(
        find_missed(sources, whole_of(SHAPE), (30, 1000), 0.5),
        key=lambda place: (place.centre[0] > 40, place.centre[1]),
    )
    assert (ring.centre, ring.is_hollow_ring, ring.found_by) == ((20, 20), True, ())
    assert ring.mask.sum() == disc(SHAPE, (20, 20), 8).sum()
    assert (area.is_hollow_ring, area.found_by) == (False, ())
    assert area.uncertainty == pytest.approx(0.9, abs=0.1)
    assert (found.centre, found.found_by) == ((60, 60), ("direct",))


def test_a_too_large_uncertain_area_gives_way_to_the_most_uncertain_ones_in_it() -> None:
    uncertainty = np.full(SHAPE, 0.55, np.float32)
    for centre in ((20, 20), (60, 70)):
        uncertainty[disc(SHAPE, centre, 8)] = 0.9
    sources = Sources(blank(), uncertainty)
    found = find_missed(sources, whole_of(SHAPE), (30, 1000), 0.4)
    assert [place.centre for place in found] == [(20, 20), (60, 70)]
    assert [place.uncertainty for place in found] == pytest.approx([0.9, 0.9])
    assert find_missed(sources, whole_of(SHAPE), (30, 100_000), 0.4)[0].mask.all()


def test_the_borders_of_fibres_are_no_uncertain_places() -> None:
    layers = blank()
    layers[AXON][disc(SHAPE, (40, 50), 12)] = 1
    uncertainty = np.where(disc(SHAPE, (40, 50), 17) & ~disc(SHAPE, (40, 50), 12), 0.9, 0).astype(np.float32)
    assert not find_missed(Sources(layers, uncertainty), whole_of(SHAPE), (10, 1000), 0.4)


def test_maps_of_another_image_are_refused() -> None:
    with pytest.raises(InputError, match=r"got uncertainty map of shape \(3, 3\) for masks of shape \(80, 100\)"):
        Sources(blank(), np.zeros((3, 3), np.float32))
    with pytest.raises(InputError, match="path 'direct' of shape"):
        Sources(blank(), None, {"direct": LabelMap(np.zeros((3, 3), np.uint8))})
    with pytest.raises(InputError, match="expected 'axon' and 'myelin' among them"):
        Sources({AXON: np.zeros(SHAPE, np.uint8)})
