"""What a scripted annotator takes for masks with known errors."""

import numpy as np
import pytest
from ringscenes import CENTRES, FIBRE_PX, TOP_LEFT, disc, draw, labels, twelve_fibres

from annotating.aims import Goal
from annotating.annotator import Annotator
from annotating.costs import Costs, Effort
from annotating.truefibres import TrueFibres
from annotation_effort import actions_table, effort_table, from_scratch, simulate, total
from labelbridge.core import AXON, MYELIN, InputError, LabelMap
from phantoms import make_sem

LOOKS = {"navigate", "inspect"}


def mending(effort: Effort) -> dict[str, float]:
    """Return the seconds of what changes masks."""
    return {action: seconds for action, seconds in effort.seconds_by_action.items() if action not in LOOKS}


def test_right_masks_cost_a_look_at_each_fibre_and_each_field():
    truth = labels(twelve_fibres())
    effort = simulate(truth, truth)
    assert (effort.fibres, effort.wrong, effort.invented, effort.left) == (12, 0, 0, 0)
    assert effort.seconds_by_action == {"navigate": 4 * Costs().navigation_s, "inspect": 12 * Costs().inspection_s}


def test_empty_masks_cost_as_much_as_from_scratch():
    truth = labels(twelve_fibres())
    assert simulate(labels(np.zeros_like(truth.data)), truth) == from_scratch(truth)


def test_from_scratch_each_fibre_is_drawn():
    effort = from_scratch(labels(twelve_fibres()))
    assert (effort.wrong, effort.left, len(effort.right_after_s)) == (12, 0, 12)
    assert sum(mending(effort).values()) > 12 * Costs().stroke_s


def test_a_missing_axon_costs_one_fill_of_its_ring():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT][codes[TOP_LEFT] == 1] = 0
    effort = simulate(labels(codes), labels(truth))
    assert (effort.wrong, effort.left) == (1, 0)
    assert mending(effort) == {"choose a tool": 1.0, "fill ring": 2.0}


def test_a_missing_ring_costs_one_that_grows():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT][codes[TOP_LEFT] == 2] = 0
    effort = simulate(labels(codes), labels(truth))
    assert (effort.wrong, effort.left) == (1, 0)
    assert mending(effort) == {"choose a tool": 1.0, "grow ring": 2.0}


def test_part_of_an_axon_taken_for_myelin_costs_one_stroke():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[:26, :55][codes[:26, :55] == 1] = 2
    effort = simulate(labels(codes), labels(truth))
    assert (effort.wrong, effort.left) == (1, 0)
    assert mending(effort).keys() == {"choose a tool", "paint"}
    assert mending(effort)["choose a tool"] <= 2
    assert 1 <= mending(effort)["paint"] < 2


def test_an_invented_fibre_costs_one_key():
    truth = twelve_fibres()
    truth[TOP_LEFT] = 0
    effort = simulate(labels(twelve_fibres()), labels(truth))
    assert (effort.fibres, effort.wrong, effort.invented, effort.left) == (11, 0, 1, 0)
    assert mending(effort) == {"delete fibre": 1.0}


def test_invented_myelin_costs_one_key():
    truth, codes = twelve_fibres(), twelve_fibres()
    truth[TOP_LEFT] = 0
    codes[TOP_LEFT][codes[TOP_LEFT] == 1] = 0
    effort = simulate(labels(codes), labels(truth))
    assert (effort.invented, effort.left) == (1, 0)
    assert mending(effort) == {"delete fibre": 1.0}


def test_rings_that_are_too_thick_cost_a_key_a_pixel():
    truth, codes = twelve_fibres(), twelve_fibres()
    draw(codes, CENTRES[0], fibre_px=FIBRE_PX + 2)
    effort = simulate(labels(codes), labels(truth))
    assert (effort.wrong, effort.left) == (1, 0)
    assert mending(effort) == {"thinner ring": 2.0}


def test_axons_that_grew_together_are_wrong_and_are_parted():
    truth = np.zeros((90, 120), np.uint8)
    rows, columns = np.ogrid[:90, :120]
    for column in (45, 69):
        away = np.hypot(rows - 45, columns - column)
        truth[(away <= 14) & (truth == 0)] = 2
        truth[away <= 10] = 1
    codes = truth.copy()
    codes[42:48, 50:64] = 1
    effort = simulate(LabelMap(codes), LabelMap(truth))
    assert (effort.fibres, effort.wrong, effort.left) == (2, 2, 0)
    assert sum(mending(effort).values()) < 0.5 * sum(mending(from_scratch(LabelMap(truth))).values())


@pytest.mark.parametrize("seed", [1, 2])
def test_all_fibres_of_a_phantom_become_right_and_nothing_else_is_left(seed):
    _, codes = make_sem(seed, (112, 112))
    other = np.roll(codes, (2, -2), (0, 1))
    annotator = Annotator(LabelMap(other), TrueFibres.of(LabelMap(codes)), Costs(), Goal())
    for number in range(1, annotator.fibres.count + 1):
        annotator.correct(number)
    for invention in list(annotator.inventions):
        annotator.remove(invention)
    for number in annotator.find_wrong():
        annotator.correct(number)
    assert not annotator.find_wrong()
    layers = annotator.history.layers
    masks = layers[AXON] + 2 * layers[MYELIN]
    assert np.count_nonzero((masks > 0) & (masks == codes)) > 0.88 * np.count_nonzero((masks > 0) | (codes > 0))
    while annotator.history.can_undo:
        annotator.history.undo()
    assert np.array_equal(layers[AXON] + 2 * layers[MYELIN], other)


def test_corrected_masks_cost_less_than_none_and_better_ones_less_than_worse_ones():
    _, codes = make_sem(3, (80, 80))
    truth = LabelMap(codes)
    near, far = (simulate(LabelMap(np.roll(codes, by, 1)), truth) for by in (1, 4))
    assert 0 == near.left == far.left
    assert near.seconds < far.seconds
    assert near.seconds < from_scratch(truth).seconds


def test_the_queue_leads_to_the_errors_sooner():
    truth, codes = twelve_fibres(), twelve_fibres()
    last = codes[110:, 160:]
    last[last == 2] = 0
    read, led = (simulate(labels(codes), labels(truth), by_queue=by_queue) for by_queue in (False, True))
    assert mending(read) == mending(led)
    assert (read.left, led.left) == (0, 0)
    assert led.right_after_s[0] < read.right_after_s[0]


def test_what_no_place_leads_to_is_found_in_reading_order():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT] = 0
    effort = simulate(labels(codes), labels(truth), by_queue=True)
    assert (effort.wrong, effort.left) == (1, 0)
    assert effort.seconds_by_action["inspect"] == 12 * Costs().inspection_s


def test_the_queue_is_left_once_it_leads_to_no_errors_and_costs_a_view_for_each_place():
    truth = labels(twelve_fibres())
    effort = simulate(truth, truth, by_queue=True)
    assert effort.seconds_by_action == {
        "navigate": (4 + 6) * Costs().navigation_s,
        "inspect": 12 * Costs().inspection_s,
    }


def test_another_path_leads_to_a_missed_fibre():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT] = 0
    effort = simulate(labels(codes), labels(truth), paths={"other": labels(truth)}, by_queue=True)
    assert effort.left == 0
    assert effort.right_after_s[0] < simulate(labels(codes), labels(truth), by_queue=True).right_after_s[0]


def test_a_lower_bar_leaves_what_reaches_it():
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[disc(CENTRES[0], FIBRE_PX) & ~disc(CENTRES[0], FIBRE_PX - 1)] = 0
    assert simulate(labels(codes), labels(truth)).wrong == 1
    assert simulate(labels(codes), labels(truth), goal=Goal(least_iou=0.8)).wrong == 0
    assert simulate(labels(codes), labels(truth), goal=Goal(border_px=1)).wrong == 0


def test_a_fibre_too_thin_for_its_borders_to_be_left_out_must_still_be_there():
    codes = np.zeros((40, 40), np.uint8)
    codes[10:16, 10:16] = 2
    codes[12:14, 12:14] = 1
    truth = LabelMap(codes)
    assert simulate(truth, truth, goal=Goal(border_px=1)).wrong == 0
    effort = from_scratch(truth, goal=Goal(border_px=1))
    assert (effort.wrong, effort.left) == (1, 0)


def test_the_same_masks_cost_the_same_again():
    _, codes = make_sem(4, (64, 64))
    masks, truth = LabelMap(np.roll(codes, 2, 0)), LabelMap(codes)
    assert simulate(masks, truth) == simulate(masks, truth)


def test_an_image_without_fibres_costs_a_look_at_its_fields():
    empty = LabelMap(np.zeros((50, 60), np.uint8))
    assert simulate(empty, empty).seconds_by_action.keys() == {"navigate"}
    fibre = np.zeros((50, 60), np.uint8)
    rows, columns = np.ogrid[:50, :60]
    fibre[np.hypot(rows - 25, columns - 30) <= 12] = 1
    assert simulate(LabelMap(fibre), empty).invented == 1


def test_masks_of_another_size_are_refused():
    with pytest.raises(InputError, match="expected one shape"):
        simulate(labels(twelve_fibres()), LabelMap(np.zeros((10, 10), np.uint8)))


def test_seconds_until_a_share_is_right_count_those_right_at_first():
    effort = Effort(10, 4, 0, 1, {"paint": 40.0}, (5.0, 15.0, 30.0))
    assert [effort.seconds_until(share) for share in (0.6, 0.7, 0.8, 0.9, 1.0)] == [0, 5, 15, 30, 40]


def test_several_images_are_corrected_one_after_the_other():
    one, other = Effort(2, 1, 1, 0, {"paint": 3.0}, (2.0,)), Effort(3, 1, 0, 0, {"paint": 1.0, "inspect": 2.0}, (1.0,))
    both = total([one, other])
    assert both == Effort(5, 2, 1, 0, {"paint": 4.0, "inspect": 2.0}, (2.0, 4.0))
    assert "| masks | 5 | 2 | 1 | 0 | 1.2 | 50 |" in effort_table({"masks": both}, total([both, both]))
    assert "| inspect | 2 |" in actions_table({"masks": both})


def test_a_smaller_fibre_is_shown_larger():
    draw(codes := twelve_fibres(), CENTRES[0], 5, 7)
    assert TrueFibres.of(labels(codes)).median_diameter_px == pytest.approx(2 * FIBRE_PX, rel=0.02)
    assert Costs().zoom(20) == 2 * Costs().zoom(40)
