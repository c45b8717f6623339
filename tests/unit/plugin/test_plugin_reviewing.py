"""A review queue that is measured again beside the window loses nothing that happens meanwhile."""

from collections.abc import Callable

import numpy as np
import pytest

from labelbridge.core import LabelArray, LabelMap, Reporter
from labelbridge.plugin.presenters.reviewing import Evidence, Reviewing, Settled
from labelbridge.refine import Edit, History
from labelbridge.refine.repairs import delete_fibre
from labelbridge.refine.review import ReviewQueue

SHAPE = (80, 180)


class Notes:
    """Takes notes."""

    def __init__(self) -> None:
        self.content: list[object] = []

    def append_note(self, content: object) -> None:
        self.content.append(content)


def three_fibres(shape: tuple[int, int] = SHAPE) -> dict[str, LabelArray]:
    masks = {name: np.zeros(shape, np.uint8) for name in ("axon", "myelin")}
    for left in (10, 70, 130):
        masks["myelin"][10:40, left : left + 30] = 1
        masks["axon"][15:35, left + 5 : left + 25] = 1
    masks["myelin"] *= masks["axon"] == 0
    return masks


def begin(masks: dict[str, LabelArray]) -> tuple[History, Reviewing]:
    history = History(masks)
    reviewing = Reviewing(history)
    reviewing.adopt(reviewing.work(Evidence())(Reporter()), Notes())
    return history, reviewing


def delete(history: History, column: int) -> None:
    history.apply(delete_fibre(history.layers, (20, column)))


def given(reviewing: Reviewing) -> Callable[[Reporter], Settled]:
    work = reviewing.settling()
    assert work is not None
    return work


def is_true(history: History, reviewing: Reviewing) -> bool:
    """Whether the queue is as one that is built anew."""
    assert reviewing.queue is not None
    anew = ReviewQueue.build(history.layers)
    return {place.fingerprint for place in reviewing.queue} == {place.fingerprint for place in anew}


def test_nothing_is_measured_before_something_has_changed() -> None:
    history, reviewing = begin(three_fibres())
    assert not reviewing.is_stale
    assert reviewing.settling() is None
    delete(history, 20)
    assert reviewing.is_stale
    assert len(list(reviewing.queue or ())) == 3
    reviewing.take(given(reviewing)(Reporter()))
    assert not reviewing.is_stale
    assert is_true(history, reviewing)


def test_an_edit_while_the_worker_measures_is_measured_next() -> None:
    history, reviewing = begin(three_fibres())
    delete(history, 20)
    work = given(reviewing)
    delete(history, 80)
    history.undo()
    history.undo()
    assert reviewing.settling() is None, "one after the other"
    reviewing.take(work(Reporter()))
    assert reviewing.is_stale
    assert len(list(reviewing.queue or ())) == 2
    while (more := reviewing.settling()) is not None:
        reviewing.take(more(Reporter()))
    assert is_true(history, reviewing)
    assert reviewing.settled().counts() == {"unseen": 3, "accepted": 0, "corrected": 0}


@pytest.mark.parametrize("is_late", [True, False])
def test_whoever_cannot_wait_measures_what_the_worker_has(is_late: bool) -> None:
    history, reviewing = begin(three_fibres())
    delete(history, 20)
    work = given(reviewing)
    measured = None if is_late else work(Reporter())
    delete(history, 80)
    assert len(list(reviewing.settled())) == 1
    reviewing.take(measured or work(Reporter()))
    assert is_true(history, reviewing)
    history.undo()
    assert len(list(reviewing.settled())) == 2


def test_what_a_worker_gives_back_is_measured_later() -> None:
    history, reviewing = begin(three_fibres())
    delete(history, 20)
    given(reviewing)(Reporter())
    reviewing.give_back()
    delete(history, 80)
    reviewing.take(given(reviewing)(Reporter()))
    assert reviewing.is_stale or is_true(history, reviewing)
    assert is_true(history, reviewing) or reviewing.settling() is not None
    assert len(list(reviewing.settled())) == 1


def test_edits_while_the_queue_is_built_are_measured_once_it_is_adopted() -> None:
    history = History(three_fibres())
    reviewing = Reviewing(history)
    build = reviewing.work(Evidence())
    delete(history, 20)
    queue = build(Reporter())
    delete(history, 80)
    reviewing.adopt(queue, Notes())
    assert len(list(queue)) == 3
    assert reviewing.is_stale
    assert len(list(reviewing.settled())) == 1


def test_the_queue_is_built_by_all_evidence() -> None:
    masks = three_fibres()
    image = 200.0 * masks["myelin"] + 100.0 * (masks["axon"] == masks["myelin"])
    for layer in masks.values():
        layer[:, 60:110] = 0
    evidence = Evidence(
        np.full(SHAPE, 0.1, np.float32),
        lambda: {"run 1": LabelMap(masks["axon"] + 2 * masks["myelin"])},
        image.astype(np.float32),
    )
    queue = Reviewing(History(masks)).work(evidence)(Reporter())
    (missed,) = (place for place in queue if place.kind == "missed")
    assert missed.centre == pytest.approx((24.5, 84.5), abs=1)
    assert missed.reasons[0].text == "looks like an axon"
    fibre = next(iter(queue._survey.fibres.values()))  # noqa: SLF001 - what was measured of it
    assert (fibre.uncertainty, fibre.disagreement) == (pytest.approx(0.1), 0)


def test_a_large_edit_is_measured_in_parts() -> None:
    masks = three_fibres((1100, 1300))
    masks["axon"][1000:1020, 1200:1220] = 1
    history, reviewing = begin(masks)
    new = {name: np.zeros_like(layer) for name, layer in masks.items()}
    history.apply(Edit.of_arrays(history.layers, (slice(0, 1100), slice(0, 1300)), new, "clear"))
    parts = 0
    while (work := reviewing.settling()) is not None:
        settled = work(Reporter())
        assert all(cut.stop - cut.start <= 512 for cut in settled.window)
        reviewing.take(settled)
        parts += 1
    assert 1 < parts <= 9
    assert list(reviewing.settled()) == []
    history.undo()
    assert reviewing.settled().counts() == {"unseen": 4, "accepted": 0, "corrected": 0}
    assert is_true(history, reviewing)


def test_the_end_leaves_what_takes_too_long() -> None:
    history, reviewing = begin(three_fibres())
    delete(history, 20)
    reviewing.settle(within_s=0)
    assert reviewing.is_stale
    reviewing.settle()
    assert not reviewing.is_stale


def test_only_places_that_are_there_are_outlined() -> None:
    history, reviewing = begin(three_fibres())
    places = list(reviewing.settled())
    work = reviewing.outlining(places)
    assert work(Reporter()).keys() == set(places)
    delete(history, 20)
    reviewing.settle()
    left = work(Reporter())
    assert left.keys() == {place for place in places if place.at[1] > 60}
    assert all(len(rings) for rings in left.values())


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_painted_and_measured_when_the_queue_is_true_in_the_end(seed: int) -> None:
    random = np.random.default_rng(seed)
    history, reviewing = begin(three_fibres())
    work, measured = None, None
    for _ in range(60):
        match random.integers(6):
            case 0 | 1:
                row, column = (int(random.integers(2, side - 12)) for side in SHAPE)
                window = slice(row, row + 9), slice(column, column + 9)
                new = {str(random.choice(["axon", "myelin"])): np.full((9, 9), random.random() < 0.5, np.uint8)}
                history.apply(Edit.of_arrays(history.layers, window, new, "paint"))
            case 2:
                history.undo()
            case 3:
                work, measured = reviewing.settling() or work, None
            case 4 if work is not None:
                measured = measured or work(Reporter())
                if random.random() < 0.7:
                    reviewing.take(measured)
            case 5 if random.random() < 0.3:
                reviewing.settle()
            case _:
                reviewing.give_back() if random.random() < 0.2 else None
    reviewing.settle()
    assert is_true(history, reviewing)
    while history.undo():
        pass
    assert reviewing.settled().counts() == {"unseen": 3, "accepted": 0, "corrected": 0}
