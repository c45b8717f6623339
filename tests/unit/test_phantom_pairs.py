"""Scenes painted in both polarities: what a translation shall be compared with."""

import numpy as np
from skimage import measure

from phantoms import PAIR_FIBRE_PX, make_pair


def test_both_images_show_one_scene_in_opposite_polarity():
    pair = make_pair(3)
    axon, myelin = pair.labels == 1, pair.labels == 2
    assert pair.bright[axon].mean() > pair.bright[myelin].mean() + 0.4
    assert pair.dark[axon].mean() < pair.dark[myelin].mean() - 0.4
    widths = [region.equivalent_diameter_area for region in measure.regionprops(measure.label(axon | myelin))]
    assert np.median(widths) > 0.7 * PAIR_FIBRE_PX


def test_no_function_of_the_intensity_makes_one_of_the_other():
    pair = make_pair(4)
    for source, truth in ((pair.bright, pair.dark_truth), (pair.dark, pair.bright_truth)):
        levels = np.digitize(source, np.linspace(0, 1, 65))
        best = np.bincount(levels.ravel(), truth.ravel()) / np.maximum(np.bincount(levels.ravel()), 1)
        assert np.mean((best[levels] - truth) ** 2) > 0.003


def test_truth_is_the_image_but_for_what_chance_puts_into_it():
    pair = make_pair(5)
    assert np.abs(pair.dark - pair.dark_truth).mean() < 0.02
    assert np.abs(pair.bright - pair.bright_truth).mean() < 0.06
    again, other = make_pair(5), make_pair(6)
    assert np.array_equal(again.bright, pair.bright)
    assert not np.array_equal(other.labels, pair.labels)
