"""Undo and redo over several layers, compared with copies of all layers."""

import numpy as np
import pytest
from painting import Painter, fresh_layers

from labelbridge.core import InputError, LabelArray
from labelbridge.refine import Edit, History


def snapshot(history: History) -> LabelArray:
    return np.stack(list(history.layers.values()))


class Snapshots:
    """The same history with whole copies of all layers."""

    def __init__(self, history: History) -> None:
        self.done = [snapshot(history)]
        self.undone: list[LabelArray] = []


@pytest.mark.parametrize("seed", range(15))
def test_undo_and_redo_are_as_copies_of_all_layers(seed: int) -> None:
    history = History(fresh_layers(seed))
    painter = Painter(history, seed)
    random = np.random.default_rng(seed + 1000)
    copies = Snapshots(history)
    for _ in range(80):
        choice = random.integers(0, 7)
        if choice < 2:
            assert (history.undo() is not None) == (len(copies.done) > 1)
            if len(copies.done) > 1:
                copies.undone.append(copies.done.pop())
        elif choice < 4:
            assert (history.redo() is not None) == bool(copies.undone)
            if copies.undone:
                copies.done.append(copies.undone.pop())
        elif choice < 5:
            history.apply(painter.repair())
            copies.done.append(snapshot(history))
            copies.undone.clear()
        else:
            history.record(painter.stroke())
            copies.done.append(snapshot(history))
            copies.undone.clear()
        assert np.array_equal(snapshot(history), copies.done[-1])
        assert (history.can_undo, history.can_redo) == (len(copies.done) > 1, bool(copies.undone))
        assert snapshot(history).sum(axis=0).max() <= 1


def test_the_arrays_given_are_the_ones_changed() -> None:
    axon = np.zeros((4, 5), np.uint8)
    history = History({"axon": axon, "myelin": np.ones((4, 5), np.uint8)})
    history.apply(Edit.of_stroke(history.layers, "axon", [7], 0, 1))
    assert axon[1, 2] == 1
    assert history.layers["myelin"][1, 2] == 0
    history.undo()
    assert axon[1, 2] == 0
    assert history.layers["myelin"][1, 2] == 1


def test_listeners_hear_of_the_layers_and_the_window() -> None:
    history = History({name: np.zeros((9, 9), np.uint8) for name in ("axon", "myelin", "uaxon")})
    history.layers["myelin"][2, 3] = 1
    heard: list[object] = []
    history.listeners.append(lambda names, window: heard.append((set(names), window)))
    history.record(Edit.of_stroke(history.layers, "axon", [21, 40], 0, 1))
    history.undo()
    history.redo()
    assert heard == [({"axon", "myelin"}, (slice(2, 5), slice(3, 5)))] * 3


def test_nothing_happens_where_nothing_changed() -> None:
    history = History({"axon": np.ones((4, 5), np.uint8)})
    history.listeners.append(lambda names, window: pytest.fail("nothing changed"))
    history.record(Edit.of_stroke(history.layers, "axon", [3], 1, 1))
    assert history.undo() is None
    assert history.redo() is None
    assert not history.can_undo


def test_a_stroke_recorded_in_parts_is_undone_in_one_step() -> None:
    history = History(fresh_layers(3))
    painter = Painter(history, 3)
    start = snapshot(history)
    history.record(painter.stroke(), continues=True)
    for _ in range(5):
        history.record(painter.stroke(), continues=True)
    end = snapshot(history)
    history.undo()
    assert np.array_equal(snapshot(history), start)
    assert not history.can_undo
    history.redo()
    assert np.array_equal(snapshot(history), end)


def test_parts_that_cancel_each_other_leave_nothing_to_undo() -> None:
    history = History({"axon": np.zeros((4, 5), np.uint8)})
    history.record(Edit.of_stroke(history.layers, "axon", [3], 0, 1))
    history.record(Edit.of_stroke(history.layers, "axon", [3], 1, 0), continues=True)
    assert not history.can_undo
    assert not history.layers["axon"].any()


def test_the_oldest_edits_beyond_the_budget_can_no_longer_be_undone() -> None:
    layers = {"axon": np.zeros((20, 20), np.uint8)}
    one = Edit.of_stroke(layers, "axon", np.arange(10), 0, 1).nbytes
    history = History(layers, undo_bytes=3 * one)
    for start in range(0, 100, 10):
        history.record(Edit.of_stroke(layers, "axon", np.arange(start, start + 10), 0, 1))
    assert len(history.done) == 3
    while history.undo():
        pass
    assert np.count_nonzero(layers["axon"]) == 70
    history.apply(Edit.of_stroke(layers, "axon", np.arange(100, 400), 0, 1))
    assert len(history.done) == 1
    history.undo()
    assert np.count_nonzero(layers["axon"]) == 70


def test_an_edit_made_for_masks_that_have_changed_is_refused() -> None:
    history = History({name: np.zeros((4, 5), np.uint8) for name in ("axon", "myelin")})
    stale = Edit.of_arrays(history.layers, (slice(0, 1), slice(0, 5)), {"axon": np.ones((1, 5), np.uint8)}, "fill")
    history.record(Edit.of_stroke(history.layers, "axon", [2], 0, 1))
    before = snapshot(history)
    with pytest.raises(InputError, match="'fill' for masks that have changed"):
        history.apply(stale)
    assert np.array_equal(snapshot(history), before)
    with pytest.raises(InputError, match=r"expected one of \['axon', 'myelin'\] of shape \(4, 5\)"):
        history.record(Edit((9, 9)))


def test_layers_must_be_planes_of_one_shape() -> None:
    for layers in (
        {},
        {"axon": np.zeros((2, 3, 4), np.uint8)},
        {"a": np.zeros((2, 3), np.uint8), "b": np.zeros((3, 2), np.uint8)},
    ):
        with pytest.raises(InputError, match="expected planes"):
            History(layers)
