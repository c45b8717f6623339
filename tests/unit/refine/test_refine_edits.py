"""What an edit holds, and that its bytes hold the same."""

import numpy as np
import pytest
from painting import CLASSES, SHAPE, Painter, fresh_layers

from labelbridge.core import InputError
from labelbridge.refine import Edit, History
from labelbridge.refine.editbytes import decode_edit, encode_edit
from labelbridge.refine.pixelchanges import PixelChanges


def same(one: Edit, other: Edit) -> bool:
    return encode_edit(one) == encode_edit(other) and one.shape == other.shape


def changes(edit: Edit, name: str) -> dict[int, tuple[int, int]]:
    part = edit.changes[name]
    return {int(i): (int(b), int(a)) for i, b, a in zip(part.indices, part.before, part.after, strict=True)}


def test_painting_one_class_removes_the_others_there() -> None:
    layers = {name: np.zeros((4, 5), np.uint8) for name in ("axon", "myelin")}
    layers["myelin"][1, 1:4] = 1
    edit = Edit.of_stroke(layers, "axon", [6, 7, 12], 0, 1)
    assert changes(edit, "axon") == {6: (0, 1), 7: (0, 1), 12: (0, 1)}
    assert changes(edit, "myelin") == {6: (1, 0), 7: (1, 0)}
    assert edit.window == (slice(1, 3), slice(1, 3))


def test_erasing_one_class_leaves_the_others() -> None:
    layers = {"axon": np.ones((4, 5), np.uint8), "myelin": np.ones((4, 5), np.uint8)}
    assert set(Edit.of_stroke(layers, "axon", [3], 1, 0).changes) == {"axon"}


def test_a_pixel_painted_several_times_counts_from_first_to_last() -> None:
    layers = {"axon": np.zeros((2, 3), np.uint8)}
    edit = Edit.of_stroke(layers, "axon", [4, 1, 4, 1, 2], [0, 0, 1, 1, 1], [1, 1, 0, 1, 0])
    assert changes(edit, "axon") == {1: (0, 1), 2: (1, 0)}


def test_new_contents_of_a_window_become_an_edit() -> None:
    layers = {name: np.zeros((6, 7), np.uint8) for name in ("axon", "myelin")}
    layers["myelin"][2, 3] = layers["axon"][2, 4] = 1
    edit = Edit.of_arrays(layers, (slice(2, 4), slice(3, 5)), {"axon": np.array([[1, 0], [0, 1]], np.uint8)}, "fill")
    assert changes(edit, "axon") == {17: (0, 1), 18: (1, 0), 25: (0, 1)}
    assert changes(edit, "myelin") == {17: (1, 0)}
    assert edit.action == "fill"


def test_an_edit_is_not_changed_by_what_it_was_made_of() -> None:
    indices, before, after = np.array([1, 2]), np.zeros(2, np.uint8), np.ones(2, np.uint8)
    part = PixelChanges(indices, before, after)
    indices[:] = before[:] = 9
    assert part.indices.tolist() == [1, 2]
    assert part.before.tolist() == [0, 0]
    with pytest.raises(ValueError, match="read-only"):
        part.after[0] = 0


@pytest.mark.parametrize("seed", range(20))
def test_bytes_hold_an_edit(seed: int) -> None:
    history = History(fresh_layers(seed))
    painter = Painter(history, seed)
    for edit in (painter.stroke(), painter.repair()):
        again = decode_edit(encode_edit(edit), SHAPE, CLASSES)
        assert same(again, edit)
        assert again.action == edit.action
        for name, part in edit.changes.items():
            assert np.array_equal(part.indices, again.changes[name].indices)
            assert np.array_equal(part.before, again.changes[name].before)
            assert np.array_equal(part.after, again.changes[name].after)


@pytest.mark.parametrize("gap", [1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])
def test_bytes_hold_steps_of_every_width(gap: int) -> None:
    shape = (2**17, 2**17)
    indices = np.array([5, 6, 6 + gap, 2**34 - 1])
    edit = Edit(shape, {"axon": PixelChanges(indices, np.zeros(4, np.uint8), np.ones(4, np.uint8))})
    assert decode_edit(encode_edit(edit), shape, ["axon"]).changes["axon"].indices.tolist() == indices.tolist()


def test_a_stroke_takes_few_bytes() -> None:
    layers = {"axon": np.zeros((4096, 4096), np.uint8)}
    rows, columns = np.nonzero(np.hypot(*np.mgrid[-20:21, -20:21]) <= 20)
    edit = Edit.of_stroke(layers, "axon", (rows + 2000) * 4096 + columns + 3000, 0, 1)
    assert len(encode_edit(edit)) < 500


@pytest.mark.parametrize("seed", range(20))
def test_one_edit_does_what_two_did(seed: int) -> None:
    layers = fresh_layers(seed)
    start = {name: layer.copy() for name, layer in layers.items()}
    painter = Painter(History(layers), seed)
    first = painter.stroke()
    first.write_after(layers)
    second = painter.repair()
    second.write_after(layers)
    both = first.followed_by(second)
    assert both.fits(start)
    both.write_after(start)
    assert all(np.array_equal(start[name], layers[name]) for name in layers)


@pytest.mark.parametrize("seed", range(20))
def test_changes_after_others_are_those_of_all_in_order(seed: int) -> None:
    chance = np.random.default_rng(seed)
    sizes = chance.choice([0, 1, 5, 40], 2)
    first, later = (np.sort(chance.choice(60, size, replace=False)) for size in sizes)
    start = chance.integers(0, 2, 60, np.uint8)
    middle = start.copy()
    middle[first] ^= 1
    end = middle.copy()
    end[later] ^= 1
    one = PixelChanges(first, start[first], middle[first])
    both = one.followed_by(PixelChanges(later, middle[later], end[later]))
    assert both.indices.tolist() == np.flatnonzero(start != end).tolist()
    assert both.before.tolist() == start[both.indices].tolist()
    assert both.after.tolist() == end[both.indices].tolist()


def test_changes_far_away_are_joined_to_near_ones() -> None:
    near, far = (PixelChanges(np.array([at]), np.zeros(1, np.uint8), np.ones(1, np.uint8)) for at in (5, 2**40))
    assert near.followed_by(far).indices.tolist() == [5, 2**40]
    assert far.followed_by(near).indices.tolist() == [5, 2**40]


def test_layers_that_are_views_of_others_are_changed_in_place() -> None:
    whole = np.zeros((10, 12), np.uint8)
    layers = {"axon": whole[::2, 1:9]}
    Edit.of_stroke(layers, "axon", [9], 0, 1).write_after(layers)
    assert np.argwhere(whole).tolist() == [[2, 2]]


def test_bytes_of_other_layers_or_none_are_refused() -> None:
    layers = {"axon": np.zeros((4, 5), np.uint8)}
    data = encode_edit(Edit.of_stroke(layers, "axon", [19], 0, 1))
    for bad, shape, classes in (
        (data, (4, 4), ["axon"]),
        (data, (4, 5), ["myelin"]),
        (data[:-1], (4, 5), ["axon"]),
        (b"", (4, 5), ["axon"]),
    ):
        with pytest.raises(ValueError, match="got "):
            decode_edit(bad, shape, classes)


def test_what_does_not_fit_is_told() -> None:
    layers = {name: np.zeros((4, 5), np.uint8) for name in ("axon", "myelin")}
    window = slice(0, 2), slice(0, 2)
    ones = np.ones((2, 2), np.uint8)
    with pytest.raises(InputError, match=r"class 'nerve', expected one of \['axon', 'myelin'\]"):
        Edit.of_stroke(layers, "nerve", [1], 0, 1)
    with pytest.raises(InputError, match="overlaps another one"):
        Edit.of_arrays(layers, window, {"axon": ones, "myelin": ones}, "grow")
    with pytest.raises(InputError, match=r"expected the window's shape \(2, 2\)"):
        Edit.of_arrays(layers, window, {"axon": ones[:1]}, "grow")
    with pytest.raises(InputError, match=r"axon \(4, 5\) int32"):
        Edit.of_stroke({"axon": np.zeros((4, 5), np.int32)}, "axon", [1], 0, 1)  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="outside layers of 5 x 4 px"):
        Edit.of_stroke(layers, "axon", [20], 0, 1)
    with pytest.raises(ValueError, match="from 0 on"):
        Edit.of_stroke(layers, "axon", [-1], 0, 1)
