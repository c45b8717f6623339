"""Edits, undo and redo keep the queue in step, and its states with the pixels."""

from typing import Any

import numpy as np
import pytest
from drawnfibres import draw, scene
from reviewscenes import erase, planted, rows_of_fibres

from labelbridge.core import AXON, MYELIN, InputError, LabelArray
from labelbridge.refine import Edit, History
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs import delete_fibre, fill_ring, split_axon
from labelbridge.refine.review import Place, ReviewQueue, ReviewState, remeasuring
from labelbridge.refine.review.measures import MeasuredFibres, measure_fibres
from labelbridge.refine.review.sources import Sources


def watched(layers: dict[str, LabelArray]) -> tuple[History, ReviewQueue]:
    history = History(layers)
    queue = ReviewQueue.build(history.layers)
    queue.follow(history)
    return history, queue


def near(queue: ReviewQueue, row: int, column: int) -> list[Place]:
    return [place for place in queue if np.hypot(place.centre[0] - row, place.centre[1] - column) < 12]


def state(queue: ReviewQueue, row: int, column: int) -> ReviewState:
    (place,) = near(queue, row, column)
    return queue.state(place)


def test_a_stroke_corrects_the_fibre_it_touches_and_no_other() -> None:
    history, queue = watched(rows_of_fibres())
    told: list[object] = []
    queue.listeners.append(told.append)
    erase(history, AXON, (slice(70, 75), slice(70, 90)))
    assert state(queue, 80, 80) == "corrected"
    assert queue.counts() == {"unseen": 11, "accepted": 0, "corrected": 1}
    assert len(told) == 1
    erase(history, MYELIN, (slice(0, 5), slice(0, 5)))
    assert len(told) == 1


def test_undo_brings_the_state_back_and_redo_too() -> None:
    history, queue = watched(rows_of_fibres())
    queue.accept(near(queue, 80, 80)[0])
    for row in (80, 30):
        erase(history, AXON, (slice(row - 10, row - 5), slice(70, 90)))
    assert (state(queue, 80, 80), state(queue, 30, 80)) == ("corrected", "corrected")
    history.undo()
    history.undo()
    assert (state(queue, 80, 80), state(queue, 30, 80)) == ("accepted", "unseen")
    history.redo()
    assert state(queue, 80, 80) == "corrected"
    queue.accept(near(queue, 80, 80)[0])
    assert state(queue, 80, 80) == "corrected"


def test_edits_made_while_the_queue_was_built_are_caught_up_with() -> None:
    history = History(rows_of_fibres())
    queue = ReviewQueue.build({name: layer.copy() for name, layer in history.layers.items()})
    erase(history, AXON, (slice(70, 75), slice(70, 90)))
    assert state(queue, 80, 80) == "unseen"
    queue.follow(history)
    erase(history, AXON, (slice(20, 25), slice(70, 90)))
    assert (state(queue, 80, 80), state(queue, 30, 80)) == ("corrected", "corrected")
    assert queue.counts()["unseen"] == 10
    with pytest.raises(InputError, match="build the queue again"):
        queue.follow(History(scene(1)))


def test_what_changes_outside_the_window_is_left_and_found_later() -> None:
    history, queue = watched(rows_of_fibres())
    layers = history.layers
    layers[AXON][78:83, 90:121], layers[MYELIN][78:83, 90:121] = 1, 0
    layers[AXON][78:83, 127:133] = 0
    queue.update((slice(78, 83), slice(125, 135)))
    assert len(list(queue)) == 12
    assert (state(queue, 80, 130), state(queue, 80, 80)) == ("corrected", "unseen")
    queue.update((slice(0, 160), slice(0, 210)))
    assert {place.fingerprint for place in queue} == {place.fingerprint for place in ReviewQueue.build(layers)}
    assert queue.counts() == {"unseen": 10, "accepted": 0, "corrected": 1}


def test_what_was_measured_counts_once_it_is_taken() -> None:
    history, queue = watched(rows_of_fibres())
    history.listeners.remove(queue.on_change)
    before = list(queue)
    window = slice(70, 75), slice(70, 90)
    erase(history, AXON, window)
    left = queue.measuring(window)()
    assert list(queue) == before
    erase(history, AXON, (slice(20, 25), slice(70, 90)))
    measured = queue.measuring((slice(20, 25), slice(70, 90)))()
    queue.take(measured)
    assert left is not None
    assert (state(queue, 80, 80), state(queue, 30, 80)) == ("unseen", "corrected")
    queue.update(window)
    assert queue.counts()["corrected"] == 2
    queue.take(None)
    assert {place.fingerprint for place in queue} == {place.fingerprint for place in ReviewQueue.build(history.layers)}


def test_a_deleted_fibre_comes_back_as_it_was() -> None:
    history, queue = watched(rows_of_fibres())
    queue.accept(near(queue, 30, 30)[0])
    for at in ((30, 30), (30, 80)):
        history.apply(delete_fibre(history.layers, at))
    assert len(list(queue)) == 10
    history.undo()
    history.undo()
    assert (len(list(queue)), state(queue, 30, 30), state(queue, 30, 80)) == (12, "accepted", "unseen")


def test_both_parts_of_a_split_fibre_are_corrected() -> None:
    layers = rows_of_fibres()
    layers[AXON][28:33, 40:71] = 1
    layers[MYELIN][28:33, 40:71] = 0
    history, queue = watched(layers)
    assert len(list(queue)) == 11
    history.apply(split_axon(history.layers, (30, 30)))
    assert len(list(queue)) == 12
    assert all(queue.state(place) == "corrected" for place in (*near(queue, 30, 30), *near(queue, 30, 80)))
    history.undo()
    assert queue.counts() == {"unseen": 11, "accepted": 0, "corrected": 0}


def test_a_filled_ring_becomes_a_corrected_fibre() -> None:
    layers = rows_of_fibres()
    layers[AXON][110:150, 160:200] = 0
    history, queue = watched(layers)
    (missed,) = near(queue, 130, 180)
    assert missed.kind == "missed"
    history.apply(fill_ring(history.layers, (130, 180)))
    (fibre,) = near(queue, 130, 180)
    assert (fibre.kind, queue.state(fibre)) == ("fibre", "corrected")
    history.undo()
    assert near(queue, 130, 180) == [missed]
    assert queue.state(missed) == "unseen"


def test_a_neighbour_that_only_gains_myelin_keeps_its_state() -> None:
    layers = rows_of_fibres()
    draw(layers, (80, 106), 10, 14)
    history, queue = watched(layers)
    queue.accept(near(queue, 80, 80)[0])
    before = near(queue, 80, 80)[0]
    erase(history, AXON, (slice(60, 100), slice(94, 120)))
    after = near(queue, 80, 80)[0]
    assert after.fingerprint != before.fingerprint
    assert queue.state(after) == "accepted"
    history.undo()
    assert queue.state(near(queue, 80, 80)[0]) == "accepted"


def stroke(history: History, random: np.random.Generator) -> Edit:
    """Return an edit that paints or erases a class within a disc."""
    name = str(random.choice([AXON, MYELIN]))
    shape = history.shape
    row, column, radius = random.integers(0, shape[0]), random.integers(0, shape[1]), random.integers(1, 9)
    window = slice(max(0, row - radius), row + radius + 1), slice(max(0, column - radius), column + radius + 1)
    rows, columns = np.ogrid[
        window[0].start : min(window[0].stop, shape[0]), window[1].start : min(window[1].stop, shape[1])
    ]
    brush = np.hypot(rows - row, columns - column) <= radius
    new = np.where(brush, np.uint8(random.random() < 0.6), history.layers[name][window])
    return Edit.of_arrays(history.layers, window, {name: new}, "paint")


@pytest.mark.parametrize("seed", range(3))
def test_after_many_edits_the_queue_is_as_if_built_anew(seed: int) -> None:
    random = np.random.default_rng(seed)
    scenes = (scene(seed, (200, 240)), planted(seed, (200, 240)).layers)
    for layers in scenes:
        maps = np.clip(random.normal(0.3, 0.2, (200, 240)), 0, 1).astype(np.float32)
        history = History(layers)
        queue = ReviewQueue.build(history.layers, maps)
        typical = queue._survey._judge  # noqa: SLF001 - the same yardstick for both
        queue.follow(history)
        for _ in range(12):
            if random.random() < 0.3 and history.can_undo:
                history.undo()
            else:
                history.apply(stroke(history, random))
        anew = ReviewQueue.build(history.layers, maps)._survey  # noqa: SLF001
        assert {at: fibre.fingerprint for at, fibre in queue._survey.fibres.items()} == {  # noqa: SLF001
            at: fibre.fingerprint for at, fibre in anew.fibres.items()
        }
        kept = {place.key: place for place in queue}
        for at, fibre in anew.fibres.items():
            place = typical.fibre(fibre)
            assert kept[place.key].score == pytest.approx(place.score)
            assert kept[place.key].window == place.window
            assert at == place.at
        assert len(kept) == len(list(queue))


def test_a_stroke_that_parts_a_too_large_uncertain_area_leaves_the_queue_as_if_built_anew() -> None:
    shape = (60, 420)
    uncertainty = np.full(shape, 0.45, np.float32)
    for column in (20, 80, 200, 300, 390):
        uncertainty[20:40, column - 10 : column + 10] = 0.9
    history = History({name: np.zeros(shape, np.uint8) for name in (AXON, MYELIN)})
    queue = ReviewQueue.build(history.layers, uncertainty)
    before = list(queue)
    assert len(before) == 5
    queue.follow(history)
    wall = slice(0, 60), slice(150, 155)
    history.apply(Edit.of_arrays(history.layers, wall, {MYELIN: np.ones((60, 5), np.uint8)}, "paint"))
    anew = list(ReviewQueue.build(history.layers, uncertainty))
    assert list(queue) == anew
    assert len(anew) == 4
    history.undo()
    assert list(queue) == before


def test_an_edit_in_a_large_image_measures_a_window_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []

    def watching(sources: Sources, window: Window, **options: Any) -> MeasuredFibres:
        seen.append(tuple(cut.stop - cut.start for cut in window))
        return measure_fibres(sources, window, **options)

    layers = {name: np.tile(layer, (4, 4)) for name, layer in rows_of_fibres().items()}
    history, queue = watched(layers)
    monkeypatch.setattr(remeasuring, "measure_fibres", watching)
    erase(history, AXON, (slice(230, 235), slice(280, 300)))
    assert queue.counts()["corrected"] == 1
    assert 0 < len(seen) <= 4
    assert np.max(seen) < 150


def test_undoing_everything_leaves_nothing_corrected() -> None:
    random = np.random.default_rng(5)
    history, queue = watched(scene(5, (200, 240)))
    places = list(queue)
    for place in places[::3]:
        queue.accept(place)
    before = {place.key: queue.state(place) for place in places}
    for _ in range(15):
        history.apply(stroke(history, random))
    assert queue.counts()["corrected"] > 3
    while history.can_undo:
        history.undo()
    assert list(queue) == places
    assert {place.key: queue.state(place) for place in queue} == before
