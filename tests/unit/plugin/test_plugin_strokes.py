import numpy as np
import pytest

from labelbridge.core import LabelArray
from labelbridge.plugin.strokes import UnrecordedPaint
from labelbridge.refine import History

SHAPE = (60, 90)
WHOLE = slice(0, SHAPE[0]), slice(0, SHAPE[1])


@pytest.fixture
def layers() -> dict[str, LabelArray]:
    masks = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin", "uaxon")}
    masks["myelin"][10:30, 10:30] = 1
    masks["uaxon"][40:50, 40:50] = 1
    return masks


def test_what_was_painted_is_an_edit_that_undo_takes_back(layers: dict[str, LabelArray]) -> None:
    before = {name: layer.copy() for name, layer in layers.items()}
    paint, history = UnrecordedPaint(layers), History(layers)
    layers["axon"][20:45, 20:45] = 1
    redrawn = paint.find("axon", (slice(15, 50), slice(15, 50)))
    assert redrawn.keys() == {"myelin", "uaxon"}
    assert not (layers["axon"] & (layers["myelin"] | layers["uaxon"])).any()
    after = {name: layer.copy() for name, layer in layers.items()}
    history.record(paint.edit("paint"))
    history.undo()
    for name in layers:
        np.testing.assert_array_equal(layers[name], before[name])
    history.redo()
    for name in layers:
        np.testing.assert_array_equal(layers[name], after[name])


def test_parts_of_a_stroke_that_paint_a_pixel_twice_count_once(layers: dict[str, LabelArray]) -> None:
    paint = UnrecordedPaint(layers)
    for value in (1, 0, 1):
        layers["axon"][5, 5] = value
        paint.find("axon", (slice(5, 6), slice(5, 6)))
    edit = paint.edit("paint")
    assert edit.changes["axon"].indices.tolist() == [5 * SHAPE[1] + 5]
    assert (edit.changes["axon"].before[0], edit.changes["axon"].after[0]) == (0, 1)
    assert paint.is_empty


def test_erasing_gives_other_classes_nothing_back(layers: dict[str, LabelArray]) -> None:
    paint = UnrecordedPaint(layers)
    layers["myelin"][10:20] = 0
    assert paint.find("myelin", WHOLE) == {}
    assert paint.edit("erase").changes.keys() == {"myelin"}


def test_values_that_no_mask_has_become_one_and_are_drawn_again(layers: dict[str, LabelArray]) -> None:
    paint = UnrecordedPaint(layers)
    layers["axon"][1, 1:4] = (7, 0, 255)
    window = slice(0, 3), slice(0, 6)
    assert paint.find("axon", window) == {"axon": window}
    assert layers["axon"][1, 1:4].tolist() == [1, 0, 1]


def test_what_is_known_is_not_found_again(layers: dict[str, LabelArray]) -> None:
    paint = UnrecordedPaint(layers)
    layers["axon"][1, 1] = 1
    paint.know(("axon",), WHOLE)
    assert paint.find("axon", WHOLE) == {}
    assert paint.is_empty
    assert paint.edit("paint").is_empty
