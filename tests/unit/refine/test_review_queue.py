"""The queue ranks places, leads through them and keeps their states."""

from itertools import pairwise

import numpy as np
import pytest
from drawnfibres import blank, draw
from reviewscenes import SHAPE, rows_of_fibres

from labelbridge.core import AXON, MYELIN, Cancelled, InputError, LabelArray, LabelMap, Reporter, scratch
from labelbridge.refine.repairs import fibre_at
from labelbridge.refine.review import Place, Ramp, ReviewQueue, ReviewSettings


@pytest.fixture
def layers() -> dict[str, LabelArray]:
    """Twelve fibres, four of them wrong: no myelin, half a ring, hollow, thin myelin."""
    layers = rows_of_fibres()
    layers[MYELIN][60:100, 60:100] = 0
    layers[MYELIN][10:30, 110:150] = 0
    layers[AXON][110:150, 160:200] = 0
    draw(layers, (30, 30), 13.4, 14)
    return layers


def reasons(place: Place) -> list[str]:
    return [reason.text for reason in place.reasons]


def test_what_is_wrong_comes_first_and_says_why(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    assert len(list(queue)) == 12
    found = {place.centre: place for place in list(queue)[:4]}
    assert found.keys() == {(80, 80), (30, 130), (130, 180), (30, 30)}
    assert reasons(found[80, 80])[0] == "no myelin"
    assert reasons(found[30, 130])[0].startswith("ring ")
    assert reasons(found[30, 130])[0].endswith("% open")
    assert (found[130, 180].kind, reasons(found[130, 180])) == (
        "missed",
        ["as large as an axon", "ring without axon"],
    )
    assert "g-ratio 0.9" in " ".join(reasons(found[30, 30]))
    assert all(place.score == 0 for place in list(queue)[4:])
    for place in queue:
        assert sum(reason.share for reason in place.reasons) == pytest.approx(1 if place.reasons else 0)
    assert all(one.score >= other.score for one, other in pairwise(queue))


def test_next_passes_over_what_was_dealt_with_and_begins_again(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    places = list(queue)
    assert queue.next() == places[0]
    assert queue.next(places[0]) == places[1]
    queue.accept(places[1])
    assert queue.next(places[0]) == places[2]
    assert queue.previous(places[2]) == places[1]
    assert queue.previous(places[0]) is None
    assert queue.next(places[-1]) == places[0]
    assert queue.counts() == {"unseen": 11, "accepted": 1, "corrected": 0}
    for place in places:
        queue.accept(place)
    assert queue.next() is None
    assert queue.counts() == {"unseen": 0, "accepted": 12, "corrected": 0}


def test_suspicious_places_are_counted_until_they_were_dealt_with(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    suspicious = [place for place in queue if place.is_suspicious]
    assert [place.centre for place in suspicious] == [(80, 80)]
    assert queue.suspicious_left() == 1
    layers[MYELIN][10:50, 10:50] = 0
    queue.update((slice(0, 50), slice(0, 50)))
    assert queue.suspicious_left() == 1, "it is corrected"
    queue.accept(suspicious[0])
    assert queue.suspicious_left() == 0
    assert len([place for place in queue if place.is_suspicious]) == 2


def test_a_sign_can_be_turned_down(layers: dict[str, LabelArray]) -> None:
    mute = ReviewSettings(missing_myelin=Ramp(0, 1, 0))
    places = {place.centre: place for place in ReviewQueue.build(layers, settings=mute)}
    assert places[80, 80].score == 0
    with pytest.raises(ValueError, match="expected low < high"):
        Ramp(1, 1, 0.5)


def test_what_all_fibres_share_is_no_sign_and_the_most_uncertain_one_comes_first() -> None:
    layers = rows_of_fibres()
    uncertainty = np.where(layers[AXON] > 0, 0.4, 0.0).astype(np.float32)
    assert all(place.score == 0 for place in ReviewQueue.build(layers, uncertainty))
    uncertainty[70:90, 70:90] *= 1.6
    first, second, *_ = ReviewQueue.build(layers, uncertainty)
    assert (first.centre, reasons(first)) == ((80, 80), ["uncertain inside"])
    assert second.score == 0


@pytest.mark.parametrize("sign", ["uncertainty", "path"])
def test_more_doubt_never_lowers_a_score(layers: dict[str, LabelArray], sign: str) -> None:
    calm = np.full(SHAPE, 0.05, np.float32)
    same = LabelMap(layers[AXON] + 2 * layers[MYELIN])
    doubtful, other = calm.copy(), LabelMap(same.data.copy())
    if sign == "uncertainty":
        doubtful[60:100, 110:150] = 0.8
    else:
        other.data[60:100, 110:150] = 0
    before = {place.key: place for place in ReviewQueue.build(layers, calm, {"direct": same})}
    after = {place.key: place for place in ReviewQueue.build(layers, doubtful, {"direct": other})}
    worse = [place for key, place in after.items() if key in before and place.score > before[key].score]
    assert all(place.score >= before[key].score for key, place in after.items() if key in before)
    assert [place.centre for place in worse if place.kind == "fibre"] == [(80, 130)]
    assert ("paths disagree" in reasons(worse[0])) == (sign == "path")


def test_outlines_run_around_the_fibre(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    places = list(queue)
    for place, outline in zip(places, queue.outlines(places), strict=True):
        (alone,) = queue.outlines([place])
        assert all(np.array_equal(one, other) for one, other in zip(outline, alone, strict=True))
        area = sum(float(np.sum(ring[:-1, 1] * ring[1:, 0] - ring[1:, 1] * ring[:-1, 0])) / 2 for ring in outline)
        whole = fibre_at(layers, place.at).whole.sum() if place.kind == "fibre" else 305 + 12
        assert area == pytest.approx(whole, abs=0 if place.kind == "fibre" else 20)
        low, high = np.concatenate(outline).min(0), np.concatenate(outline).max(0)
        assert [*low, *high] == [place.window[0].start - 0.5, place.window[1].start - 0.5,
                                 place.window[0].stop - 0.5, place.window[1].stop - 0.5]  # fmt: skip


def test_the_first_places_of_a_window_are_the_most_likely_wrong_in_it(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    for window in ((slice(0, 160), slice(0, 210)), (slice(0, 100), slice(90, 210))):
        for most in (1, 2, 5, 50):
            assert queue.first_places_in(window, most) == queue.places_in(window)[:most]


def test_rows_for_the_export(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    queue.accept(next(place for place in queue if place.centre == (30, 80)))
    rows = queue.fibre_rows()
    assert len(rows) == 11
    assert [row.origin for row in rows if (row.row, row.column) == (30, 80)] == ["accepted"]
    assert {row.origin for row in rows if (row.row, row.column) != (30, 80)} == {"model"}
    (sound,) = (row for row in rows if (row.row, row.column) == (130, 80))
    assert (sound.axon_area_px2, sound.myelin_area_px2) == (317, 296)
    assert sound.g_ratio == pytest.approx((317 / 613) ** 0.5)
    assert [row.g_ratio for row in rows if (row.row, row.column) == (80, 80)] == [None]


def test_masks_without_any_fibre_have_an_empty_queue() -> None:
    queue = ReviewQueue.build(blank())
    assert (list(queue), queue.next(), queue.fibre_rows()) == ([], None, [])
    assert queue, "a queue without places is a queue"


def test_a_place_that_is_gone_cannot_be_accepted(layers: dict[str, LabelArray]) -> None:
    queue = ReviewQueue.build(layers)
    place = next(place for place in queue if place.centre == (130, 80))
    layers[AXON][100:160, 50:110] = layers[MYELIN][100:160, 50:110] = 0
    queue.update((slice(0, 160), slice(0, 210)))
    with pytest.raises(InputError, match="masks have changed since; go to the next"):
        queue.accept(place)
    assert queue.next(place) is not None


def test_large_images_are_numbered_on_the_disk(layers: dict[str, LabelArray], monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory = list(ReviewQueue.build(layers))
    monkeypatch.setattr(scratch, "IN_MEMORY_BYTES", 1000)
    assert list(ReviewQueue.build(layers)) == in_memory


class Stopper(Reporter):
    def should_stop(self) -> bool:
        return True


class Listener(Reporter):
    def __init__(self) -> None:
        self.stages: list[str] = []

    def progress(self, done: float, total: float, stage: str) -> None:
        assert 0 < done <= total
        self.stages.append(stage)


def test_building_tells_its_progress_and_can_be_cancelled(layers: dict[str, LabelArray]) -> None:
    listener = Listener()
    ReviewQueue.build(layers, reporter=listener)
    assert listener.stages == ["measuring fibres", "looking for missed fibres"]
    with pytest.raises(Cancelled):
        ReviewQueue.build(layers, reporter=Stopper())
