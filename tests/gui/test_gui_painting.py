"""Strokes of a real mouse, and what other code does to class layers, all in one history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.layers import Labels
from pytestqt.qtbot import QtBot

from labelbridge.plugin import painting
from labelbridge.plugin.painting import Painting
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.viewer import add_class_layers
from labelbridge.refine import restore_session
from mousestrokes import Mouse

SHAPE = (300, 400)
Viewers = Callable[..., Any]


@dataclass
class Scene:
    """A window with masks that are corrected."""

    viewer: Any
    layers: dict[str, Labels]
    session: CorrectionSession
    painting: Painting
    before: dict[str, np.ndarray]
    said: list[str]

    def select(self, name: str, mode: str, size: int = 11) -> Mouse:
        layer = self.layers[name]
        self.viewer.layers.selection.active = layer
        layer.mode, layer.brush_size, layer.selected_label = mode, size, 1
        return Mouse(self.viewer, layer)

    def is_as_before(self) -> bool:
        return all(np.array_equal(layer.data, self.before[name]) for name, layer in self.layers.items())

    def check(self) -> None:
        """One history knows all that there is: no class overlaps, napari's own can undo nothing, undo leads back."""
        assert not (self.layers["axon"].data & self.layers["myelin"].data).any()
        for layer in self.layers.values():
            assert not any(layer._undo_history)  # noqa: SLF001
            assert not any(layer._redo_history)  # noqa: SLF001
        while self.session.undo():
            pass
        assert self.is_as_before()


@pytest.fixture
def scene(make_napari_viewer: Viewers, tmp_path: Path, qtbot: QtBot) -> Iterator[Scene]:
    viewer = make_napari_viewer(show=True)
    masks = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}
    masks["myelin"][100:200, 100:200] = 1
    masks["axon"][130:170, 130:170] = 1
    masks["myelin"] *= masks["axon"] == 0
    image = viewer.add_image(np.zeros(SHAPE, np.float32), name="rat")
    layers = add_class_layers(viewer, image, masks)
    viewer.window.resize(1280, 800)
    qtbot.wait(200)
    viewer.reset_view()
    qtbot.wait(50)
    shown = {name: layer.data for name, layer in layers.items()}
    before = {name: data.copy() for name, data in shown.items()}
    session = CorrectionSession.begin(shown, folder=tmp_path, image="rat", image_id="x")
    watch = Painting(viewer, layers, session)
    said: list[str] = []
    watch.stopped.connect(said.append)
    watch.noticed.connect(said.append)
    yield Scene(viewer, layers, session, watch, before, said)
    watch.close()
    session.close()


def test_a_stroke_of_the_brush_takes_the_other_class_away_while_it_is_drawn(scene: Scene) -> None:
    mouse = scene.select("axon", "paint")
    mouse.press((110, 110))
    mouse.move((110, 180))
    assert scene.layers["axon"].data[110, 150] == 1
    assert scene.layers["myelin"].data[110, 150] == 0
    assert not scene.session.history.done
    mouse.move((190, 180))
    mouse.release((190, 180))
    (edit,) = scene.session.history.done
    assert edit.action == "paint"
    assert edit.changes.keys() == {"axon", "myelin"}
    scene.check()


def test_the_screen_shows_what_was_taken_away(scene: Scene, qtbot: QtBot) -> None:
    scene.layers["axon"].visible = False
    mouse = Mouse(scene.viewer, scene.layers["myelin"])
    row, column = (round(float(place)) for place in mouse.on_canvas((110, 150)))

    def redness() -> int:
        pixel = scene.viewer.screenshot(canvas_only=True, flash=False)[row, column].astype(int)
        return int(pixel[0] - pixel[2])

    assert redness() > 50
    scene.layers["axon"].visible = True
    scene.select("axon", "paint", 31)
    mouse.stroke([(110, 140), (110, 160)])
    scene.layers["axon"].visible = False
    assert redness() < 20
    scene.session.undo()
    assert redness() > 50


def test_eraser_fill_and_polygon_are_edits_of_their_own(scene: Scene) -> None:
    scene.select("myelin", "erase").stroke([(110, 110), (110, 190)])
    scene.select("axon", "fill").click((105, 195))
    assert scene.layers["axon"].data[105, 195] == 1
    scene.layers["myelin"].selected_label = 1
    scene.layers["myelin"].paint_polygon([(220, 220), (220, 260), (260, 260), (260, 220)], 1)
    assert [edit.action for edit in scene.session.history.done][:2] == ["erase", "fill"]
    assert len(scene.session.history.done) == 3
    assert scene.layers["myelin"].data[240, 240] == 1
    scene.check()


@pytest.mark.parametrize("refresh", [True, False])
def test_data_setitem_of_other_code_is_an_edit(scene: Scene, qtbot: QtBot, refresh: bool) -> None:
    scene.layers["axon"].data_setitem((np.array([110, 111]), np.array([120, 121])), 1, refresh)
    qtbot.wait(20)
    assert len(scene.session.history.done) == 1
    assert scene.layers["myelin"].data[110, 120] == 0
    scene.check()


def test_what_is_written_without_any_event_is_found_when_the_layer_is_drawn(scene: Scene, qtbot: QtBot) -> None:
    scene.layers["axon"].data[105:108, 105:108] = 1
    scene.layers["axon"].refresh()
    qtbot.waitUntil(lambda: bool(scene.session.history.done), timeout=2000)
    assert scene.layers["myelin"].data[106, 106] == 0
    scene.check()


def test_a_layer_is_compared_part_by_part_and_a_stroke_in_between_is_an_edit_of_its_own(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def bands(shape: tuple[int, int]) -> Iterator[slice]:
        for top in range(0, shape[0], 10):
            compared.append(top)
            yield slice(top, top + 10)

    monkeypatch.setattr(painting, "bands", bands)
    axon = scene.layers["axon"]
    for row in (5, 290):
        axon.data[row, 20:30] = 1
    axon.refresh()
    scene.select("axon", "paint").stroke([(50, 50), (60, 60)])
    qtbot.waitUntil(lambda: len(scene.session.history.done) == 2, timeout=3000)
    assert len(compared) >= 2 * 30
    stroke, written = scene.session.history.done
    assert set(written.changes["axon"].indices // SHAPE[1]) == {5, 290}
    assert 50 * SHAPE[1] + 50 in stroke.changes["axon"].indices
    scene.check()


def test_a_long_stroke_reaches_the_disk_in_parts_and_is_undone_as_one(scene: Scene, qtbot: QtBot) -> None:
    mouse = scene.select("axon", "paint")
    mouse.press((50, 50))
    mouse.move((50, 100))
    qtbot.waitUntil(lambda: scene.session.journal_path is not None, timeout=2000)
    path = scene.session.journal_path
    assert path is not None
    qtbot.waitUntil(lambda: restore_session(path).history.layers["axon"][50, 75] == 1, timeout=1000)
    mouse.move((50, 200))
    qtbot.wait(700)
    mouse.move((50, 300))
    mouse.release((50, 300))
    assert len(scene.session.history.done) == 1
    mouse.stroke([(70, 50), (70, 60)])
    assert len(scene.session.history.done) == 2
    scene.check()


def test_undo_and_redo_bring_both_classes_back_together(scene: Scene) -> None:
    scene.select("axon", "paint", 25).stroke([(110, 110), (190, 190)])
    painted = {name: layer.data.copy() for name, layer in scene.layers.items()}
    scene.session.undo()
    assert scene.is_as_before()
    scene.session.redo()
    for name, layer in scene.layers.items():
        np.testing.assert_array_equal(layer.data, painted[name])
    scene.layers["axon"].undo()
    for name, layer in scene.layers.items():
        np.testing.assert_array_equal(layer.data, painted[name])
    scene.check()


def test_undo_in_the_middle_of_a_stroke_takes_back_what_is_painted(scene: Scene) -> None:
    mouse = scene.select("axon", "paint")
    mouse.press((110, 110))
    mouse.move((110, 180))
    scene.session.undo()
    assert scene.is_as_before()
    mouse.move((110, 190))
    mouse.release((110, 190))
    assert len(scene.session.history.done) == 1
    scene.check()


def test_other_numbers_than_one_become_one(scene: Scene) -> None:
    scene.layers["axon"].selected_label = 5
    scene.layers["axon"].paint((50, 50), 5)
    assert set(np.unique(scene.layers["axon"].data)) == {0, 1}
    scene.check()


def test_new_data_of_the_same_shape_are_an_edit(scene: Scene) -> None:
    array = scene.layers["axon"].data
    scene.layers["axon"].data = np.ones(SHAPE, np.int32)
    assert scene.layers["axon"].data is array
    assert array.all()
    assert not scene.layers["myelin"].data.any()
    assert "undo brings the old mask back" in scene.said[0]
    scene.check()


def test_data_of_another_shape_and_a_deleted_layer_stop_it_with_a_sentence(scene: Scene) -> None:
    scene.select("axon", "paint").stroke([(50, 50), (60, 60)])
    scene.layers["axon"].data = np.zeros((5, 5), np.uint8)
    assert "shape (5, 5)" in scene.said[0]
    scene.viewer.layers.remove(scene.layers["myelin"])
    assert "'rat myelin' was deleted" in scene.said[1]
    scene.painting.close()
    assert scene.session.close() is None
    path = scene.session.journal_path
    assert path is not None
    assert restore_session(path).history.layers["axon"][55, 55] == 1


def test_a_renamed_layer_is_corrected_on(scene: Scene) -> None:
    scene.layers["axon"].name = "something else"
    scene.select("axon", "paint").stroke([(50, 50), (60, 60)])
    assert len(scene.session.history.done) == 1
    assert not scene.said
    scene.check()


def test_after_the_end_napari_has_its_own_history_again(scene: Scene) -> None:
    scene.painting.close()
    scene.select("axon", "paint").stroke([(50, 50), (60, 60)])
    assert not scene.session.history.done
    scene.layers["axon"].undo()
    assert scene.is_as_before()


def test_a_stroke_that_is_looked_at_while_it_is_drawn_is_undone_as_one(scene: Scene) -> None:
    mouse = scene.select("axon", "paint")
    mouse.press((110, 110))
    mouse.move((110, 180))
    scene.session.about_to_look.emit()
    assert len(scene.session.history.done) == 1
    mouse.move((190, 180))
    mouse.release((190, 180))
    assert len(scene.session.history.done) == 1
    scene.session.about_to_look.emit()
    mouse.stroke([(210, 110), (210, 180)])
    assert len(scene.session.history.done) == 2
    scene.check()
