"""The judge of the review queue knows which places lead to errors, and what no place leads to."""

import numpy as np
from ringscenes import AXON_PX, CENTRES, FIBRE_PX, TOP_LEFT, disc, labels, twelve_fibres

from labelbridge.refine.review import Place, Reason
from queuelearning import signs_of
from review_queue import Ranked, learnt, ranked, suspicious, suspicious_table, table


def test_right_masks_have_places_and_no_errors():
    truth = labels(twelve_fibres())
    found = ranked(truth, truth)
    assert (len(found.is_error), found.errors, found.hidden) == (12, 0, 0)


def test_an_axon_of_half_its_size_is_an_error_and_comes_first():
    codes = twelve_fibres()
    codes[disc(CENTRES[5], AXON_PX) & ~disc(CENTRES[5], 0.6 * AXON_PX)] = 2
    found = ranked(labels(codes), labels(twelve_fibres()))
    assert found.errors == 1
    assert found.is_error[0]


def test_a_missed_fibre_is_hidden_unless_another_path_has_found_it():
    codes, truth = twelve_fibres(), labels(twelve_fibres())
    codes[TOP_LEFT] = 0
    alone = ranked(labels(codes), truth)
    assert (alone.errors, alone.hidden, alone.is_error.any()) == (1, 1, False)
    with_path = ranked(labels(codes), truth, paths={"other": truth})
    assert (with_path.errors, with_path.hidden) == (1, 0)
    assert with_path.is_error[0]


def test_a_candidate_where_no_fibre_is_is_no_error():
    codes, other = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT] = 0
    found = ranked(labels(codes), labels(codes), paths={"other": labels(other)})
    assert (len(found.is_error), found.errors) == (12, 0)


def test_axons_that_grew_together_are_one_error_that_leads_to_both():
    codes = twelve_fibres()
    codes[25:35, 30:80] = 1
    found = ranked(labels(codes), labels(twelve_fibres()))
    assert (found.errors, found.hidden) == (1, 0)


def test_an_invented_fibre_is_an_error():
    truth = twelve_fibres()
    truth[disc(CENTRES[3], FIBRE_PX)] = 0
    found = ranked(labels(twelve_fibres()), labels(truth))
    assert (found.errors, found.hidden) == (1, 0)


def test_the_first_part_is_compared_with_the_best_it_could_hold():
    found = Ranked(np.array([True, False, False, True, False, False, False, False, False, False]), hidden=1)
    assert found.held(0.2) == (1, 2)
    assert found.held(0.5) == (2, 3)
    assert "| masks | 20 | 6 | 2 |" in table({"masks": [found, found]})
    assert "| 50% | 67% |" in table({"masks": [found, found]})


def place(number: int, score: float, *reasons: Reason) -> Place:
    return Place("fibre", (number, 0), "", (0.0, 0.0), np.s_[0:1, 0:1], score, reasons)


def test_suspicious_places_are_judged_beside_the_others():
    is_error = np.array([True, True, False, False, True, False])
    found = Ranked(is_error, hidden=2, places=tuple(place(number, 0.99 - 0.06 * number) for number in range(6)))
    part = suspicious(found)
    assert (len(part.places), part.errors, part.hidden) == (4, found.errors, 3)
    assert "| masks | 8 | 50% | 40% | 50% | 100% |" in suspicious_table({"masks": [found, found]})
    none = Ranked(is_error, hidden=0, places=tuple(place(number, 0.1) for number in range(6)))
    assert "| masks | 0 |  | 0% | 50% |  |" in suspicious_table({"masks": [none]})


def test_signs_have_the_strength_with_which_they_count():
    assert signs_of(place(0, 0.0)) == {"is a fibre": 1.0}
    signs = signs_of(place(0, 1 - np.exp(-2), Reason("ring 30% open", 0.75), Reason("g-ratio 0.97", 0.25)))
    assert signs.keys() == {"is a fibre", "ring # open", "g-ratio #"}
    np.testing.assert_allclose([signs["ring # open"], signs["g-ratio #"]], [1.5, 0.5])


def test_signs_that_the_other_images_prove_right_come_first():
    good, bad = Reason("small", 1.0), Reason("odd shape", 1.0)
    places = tuple(place(number, 0.8 - 0.01 * number, good if number < 20 else bad) for number in range(40))
    queue = Ranked(np.arange(40) >= 20, 3, places)
    first, _, _ = learnt([queue] * 3)
    assert queue.held(0.5) == (0, 20)
    assert first.held(0.5) == (20, 20)
    assert (first.hidden, first.errors) == (3, 23)
    assert all(one.reasons == (bad,) for one in first.places[:20])
