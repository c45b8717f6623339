"""The Refine dock in a real window, with real clicks, keys and strokes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QLabel, QPushButton, QWidget

from labelbridge.core import AXON, MYELIN
from labelbridge.plugin.overlays import STATE_COLOURS
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.viewer import add_class_layers, mask_sets
from labelbridge.plugin.widgets.refine import RefineDock
from mousestrokes import Mouse
from phantoms import make_sem

SHAPE = (480, 480)
Viewers = Callable[..., Any]

KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.refine import Edit
folder, image_id = Path(sys.argv[1]), sys.argv[2]
layers = {name: np.zeros((480, 480), np.uint8) for name in ("axon", "myelin")}
session = CorrectionSession.begin(layers, folder=folder, image="sem", image_id=image_id)
for row in (10, 20):
    layers["axon"][row, 30:60] = 1
    session.record(Edit.of_stroke(layers, "axon", row * 480 + np.arange(30, 60), 0, 1))
import time
time.sleep(1.5)
os.kill(os.getpid(), 9)
"""


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))


@pytest.fixture
def viewer(make_napari_viewer: Viewers) -> Any:
    image, labels = make_sem(3, SHAPE)
    window = make_napari_viewer(show=True)
    layer = window.add_image(np.asarray(image, np.float32), name="sem", scale=(0.1, 0.1), units=("um", "um"))
    add_class_layers(window, layer, {AXON: (labels == 1).astype(np.uint8), MYELIN: (labels == 2).astype(np.uint8)})
    return window


@pytest.fixture
def dock(viewer: Any, qtbot: QtBot) -> Iterator[RefineDock]:
    """The dock as napari makes it: with a viewer that keeps what is private to itself."""
    widget = RefineDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(widget, name="Refine")
    viewer.window.resize(1280, 800)
    viewer.reset_view()
    qtbot.wait(50)
    yield widget
    widget.refining.close()


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def start(qtbot: QtBot, dock: RefineDock) -> None:
    click(qtbot, dock.start.start)
    qtbot.waitUntil(lambda: dock.presenter.counts() is not None, timeout=30_000)


def press(qtbot: QtBot, viewer: Any, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(viewer.window._qt_viewer.canvas.native, key, modifier)  # noqa: SLF001


def test_keys_paint_erase_undo_and_redo(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    axon, myelin = viewer.layers["sem axon"], viewer.layers["sem myelin"]
    before = axon.data.copy(), myelin.data.copy()
    press(qtbot, viewer, Qt.Key.Key_W)
    assert viewer.layers.selection.active is myelin
    assert myelin.mode == "paint"
    press(qtbot, viewer, Qt.Key.Key_Q)
    assert viewer.layers.selection.active is axon
    press(qtbot, viewer, Qt.Key.Key_Period)
    larger = axon.brush_size
    press(qtbot, viewer, Qt.Key.Key_Comma)
    assert axon.brush_size == myelin.brush_size < larger
    Mouse(viewer, axon).stroke([(200, 200), (200, 280)])
    assert axon.data[200, 240] == 1
    assert not myelin.data[200, 240]
    press(qtbot, viewer, Qt.Key.Key_E)
    assert axon.mode == "erase"
    Mouse(viewer, axon).stroke([(200, 230), (200, 250)])
    assert not axon.data[200, 240]
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    press(qtbot, viewer, Qt.Key.Key_Z, control)
    assert axon.data[200, 240] == 1
    press(qtbot, viewer, Qt.Key.Key_Z, control)
    np.testing.assert_array_equal(axon.data, before[0])
    np.testing.assert_array_equal(myelin.data, before[1])
    press(qtbot, viewer, Qt.Key.Key_Z, control | shift)
    assert axon.data[200, 240] == 1
    press(qtbot, viewer, Qt.Key.Key_H)
    assert not axon.visible
    assert not myelin.visible
    press(qtbot, viewer, Qt.Key.Key_H)
    assert axon.visible
    qtbot.waitUntil(lambda: "2 strokes" in dock.effort.findChild(QLabel).text(), timeout=3000)


def test_places_are_centred_outlined_and_accepted(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    left = dock.presenter.counts()
    assert left is not None
    press(qtbot, viewer, Qt.Key.Key_N)
    place = dock.presenter.place
    assert place is not None
    outlines = viewer.layers["sem review"]
    assert len(outlines.data)
    assert viewer.layers.selection.active is not outlines
    assert dock.presenter.reasons().startswith(("Fibre: ", "A fibre may be missed here: "))
    centre = np.asarray(viewer.scene.camera.center[-2:]) / 0.1
    assert np.hypot(*(centre - np.asarray(place.centre))) < 20
    press(qtbot, viewer, Qt.Key.Key_G)
    assert dock.presenter.counts() == {**left, "unseen": left["unseen"] - 1, "accepted": 1}
    press(qtbot, viewer, Qt.Key.Key_J)
    colours = {tuple(np.round(colour[:3], 2)) for colour in outlines.edge_color}
    assert (1.0, 1.0, 1.0) in colours
    viewer.reset_view()
    qtbot.waitUntil(lambda: _colours(outlines) >= {STATE_COLOURS["unseen"]}, timeout=3000)
    dock.review.outlines.setChecked(False)
    assert not len(outlines.data)
    click(qtbot, dock.review.buttons["next"])


def test_the_image_itself_leads_to_places(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    session = dock.presenter.session
    assert session is not None
    queue = session.reviewing.settled()
    assert any(reason.text == "looks like an axon" for place in queue for reason in place.reasons)


def test_boxes_stand_for_outlines_until_a_worker_has_found_them(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    press(qtbot, viewer, Qt.Key.Key_N)
    place = dock.presenter.place
    assert place is not None
    outlines = viewer.layers["sem review"]
    assert len(outlines.data) % 4 == 0
    boxes = len(outlines.data)
    viewer.scene.camera.zoom *= 2
    qtbot.waitUntil(lambda: len(outlines.data) > boxes, timeout=5000)
    assert (1.0, 1.0, 1.0) in _colours(outlines)
    press(qtbot, viewer, Qt.Key.Key_Q)
    Mouse(viewer, viewer.layers["sem axon"]).stroke([place.centre, (place.centre[0], place.centre[1] + 12)])
    press(qtbot, viewer, Qt.Key.Key_G)
    assert dock.presenter.place is place
    qtbot.waitUntil(lambda: dock.presenter.place is not place, timeout=5000)
    assert (dock.presenter.counts() or {})["corrected"] >= 1
    outlines.visible = False
    viewer.reset_view()
    qtbot.wait(1000)
    assert not outlines.visible


def _colours(outlines: Any) -> set[tuple[float, ...]]:
    return {tuple(round(float(part), 2) for part in colour[:3]) for colour in outlines.edge_color}


def test_a_fibre_that_was_painted_counts_as_corrected_when_the_user_pauses(
    viewer: Any, dock: RefineDock, qtbot: QtBot
) -> None:
    start(qtbot, dock)
    press(qtbot, viewer, Qt.Key.Key_N)
    place = dock.presenter.place
    assert place is not None
    press(qtbot, viewer, Qt.Key.Key_Q)
    middle = place.centre
    Mouse(viewer, viewer.layers["sem axon"]).stroke([middle, (middle[0], middle[1] + 12)])
    qtbot.waitUntil(lambda: (dock.presenter.counts() or {}).get("corrected", 0) > 0, timeout=5000)


def test_a_repair_is_chosen_clicked_previewed_applied_and_left(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    axon = viewer.layers["sem axon"]
    before = axon.data.copy()
    choose(dock.repair.findChild(QComboBox), "Delete fibre")
    row, column = (int(place) for place in np.argwhere(axon.data)[len(np.argwhere(axon.data)) // 2])
    Mouse(viewer, axon).click((row, column))
    np.testing.assert_array_equal(axon.data, before)
    assert viewer.layers["sem preview of a repair"].data.any()
    assert viewer.layers.selection.active is axon
    press(qtbot, viewer, Qt.Key.Key_Return)
    assert not axon.data[row, column]
    assert "sem preview of a repair" not in viewer.layers
    press(qtbot, viewer, Qt.Key.Key_Escape)
    assert axon.mode == "paint"
    assert dock.repair.findChild(QComboBox).currentIndex() == 0
    click(qtbot, dock.paint.buttons["undo"])
    np.testing.assert_array_equal(axon.data, before)


def test_keys_repair_what_is_under_the_pointer_while_painting(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    axon, myelin = viewer.layers["sem axon"], viewer.layers["sem myelin"]
    before = axon.data.copy(), myelin.data.copy()
    press(qtbot, viewer, Qt.Key.Key_W)
    row, column = (int(place) for place in np.argwhere(axon.data)[len(np.argwhere(axon.data)) // 2])
    shift = Qt.KeyboardModifier.ShiftModifier
    mouse = Mouse(viewer, axon)
    mouse.move((row, column), is_down=False)
    press(qtbot, viewer, Qt.Key.Key_A)
    assert myelin.data.sum() < before[1].sum()
    assert dock.said.text() == "Done: thinner ring. Undo takes it back."
    press(qtbot, viewer, Qt.Key.Key_S, shift)
    assert axon.data.sum() > before[0].sum()
    assert myelin.mode == "paint"
    assert viewer.layers.selection.active is myelin
    press(qtbot, viewer, Qt.Key.Key_D)
    assert not axon.data[row, column]
    press(qtbot, viewer, Qt.Key.Key_D)
    assert "click on background" in dock.said.text()
    mouse.move((-30, -30), is_down=False)
    press(qtbot, viewer, Qt.Key.Key_D)
    assert "outside the image" in dock.said.text()
    for _ in range(3):
        press(qtbot, viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(axon.data, before[0])
    np.testing.assert_array_equal(myelin.data, before[1])


def test_a_repair_of_the_whole_image_runs_beside_the_window(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    axon = viewer.layers["sem axon"]
    axon.data[2:4, 2:4] = 1
    viewer.layers["sem myelin"].data[0:6, 0:6] = 0
    start(qtbot, dock)
    choose(dock.repair.findChild(QComboBox), "Remove specks")
    qtbot.waitUntil(lambda: dock.presenter.repairing.preview is not None, timeout=5000)
    press(qtbot, viewer, Qt.Key.Key_Return)
    assert not axon.data[2:4, 2:4].any()


def choose(combo: QComboBox | None, text: str) -> None:
    assert combo is not None
    row = combo.findText(text)
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


def test_after_a_kill_the_dock_offers_the_edits_and_their_undo(viewer: Any, qtbot: QtBot, tmp_path: Path) -> None:
    identity = image_identity(viewer.layers["sem"].data)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "journals"), identity], timeout=60, check=False)
    dock = RefineDock(PublicOnlyProxy(viewer))
    qtbot.addWidget(dock)
    assert "interrupted" in dock.offer.text
    assert "2 edits" in dock.offer.text
    click(qtbot, next(button for button in dock.offer.findChildren(QPushButton) if button.text() == "Restore"))
    layer = viewer.layers["sem axon 2"]
    assert layer.data[10, 45] == layer.data[20, 45] == 1
    assert not viewer.layers["sem axon"].visible
    dock.presenter.undo()
    assert layer.data[10, 45] == 1
    assert layer.data[20, 45] == 0
    dock.refining.close()


def test_a_deleted_layer_ends_it_with_a_sentence_and_comes_back(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    start(qtbot, dock)
    axon = viewer.layers["sem axon"]
    press(qtbot, viewer, Qt.Key.Key_Q)
    Mouse(viewer, axon).stroke([(200, 200), (200, 280)])
    painted = axon.data.copy()
    viewer.layers.remove(axon)
    assert dock.refining.correcting is None
    assert "'sem axon' was deleted" in dock.said.text()
    assert "Go on with those masks?" in dock.offer.text
    click(qtbot, next(button for button in dock.offer.findChildren(QPushButton) if button.text() == "Restore"))
    np.testing.assert_array_equal(mask_sets(viewer, viewer.layers["sem"])[-1][AXON].data, painted)


def test_an_image_without_masks_begins_with_empty_ones(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    viewer = make_napari_viewer()
    dock = RefineDock(PublicOnlyProxy(viewer))
    qtbot.addWidget(dock)
    assert not dock.start.start.isEnabled()
    assert dock.start.hint.text().startswith("Open an image first")
    viewer.add_image(np.zeros(SHAPE), name="empty")
    assert dock.start.start.isEnabled()
    click(qtbot, dock.start.start)
    assert not viewer.layers["empty axon"].data.any()
    dock.refining.close()


@pytest.mark.parametrize(
    ("add", "words"),
    [
        (lambda viewer: viewer.add_image(np.zeros((4, *SHAPE)), name="stack"), "expected a single plane"),
        (lambda viewer: _with_masks(viewer, (5, 5)), "expected one plane of the same shape"),
    ],
)
def test_what_cannot_be_corrected_is_one_sentence(
    make_napari_viewer: Viewers, qtbot: QtBot, add: Callable[[Any], object], words: str
) -> None:
    viewer = make_napari_viewer()
    add(viewer)
    dock = RefineDock(PublicOnlyProxy(viewer))
    qtbot.addWidget(dock)
    click(qtbot, dock.start.start)
    assert words in dock.said.text()
    assert dock.refining.correcting is None
    dock.refining.close()


def _with_masks(viewer: Any, shape: tuple[int, int]) -> None:
    viewer.add_image(np.zeros(SHAPE), name="odd")
    for name in (AXON, MYELIN):
        viewer.add_labels(np.zeros(shape, np.uint8), name=f"odd {name}")


def test_every_control_has_a_tooltip_and_a_name(dock: RefineDock) -> None:
    for widget in dock.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QComboBox) and widget.parent() is not None:
            is_inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QComboBox)
            assert is_inner or widget.toolTip(), f"{type(widget).__name__} {widget.objectName()}"


def test_closing_the_window_ends_all_and_keeps_all(viewer: Any, dock: RefineDock, qtbot: QtBot) -> None:
    click(qtbot, dock.start.start)
    session = dock.presenter.session
    assert session is not None
    press(qtbot, viewer, Qt.Key.Key_Q)
    Mouse(viewer, viewer.layers["sem axon"]).stroke([(200, 200), (200, 280)])
    viewer.close()
    qtbot.waitUntil(lambda: not session.is_open, timeout=3000)
