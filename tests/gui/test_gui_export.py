"""The Export dock in a real window, beside the Refine dock, with real clicks and strokes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QWidget
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, LabelMap
from labelbridge.io import FORMATS, find_masks, read_label_map, write_axondeepseg
from labelbridge.plugin.presenters import exportwork
from labelbridge.plugin.presenters.differences import ONLY_AFTER
from labelbridge.plugin.viewer import add_class_layers
from labelbridge.plugin.widgets import ExportDock, RefineDock
from mousestrokes import Mouse
from phantoms import make_sem

SHAPE = (480, 480)
CANCELS_WITHIN_S = 2.0
CLOSES_WITHIN_S = 2 * 3.0
"""Twice what is promised: `Viewer.close` removes the layers first, which takes napari 2 s on busy cores."""

Viewers = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that every dialog for a folder answers."""
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    return folder


@pytest.fixture
def viewer(make_napari_viewer: Viewers) -> Any:
    image, labels = make_sem(3, SHAPE)
    window = make_napari_viewer(show=True)
    layer = window.add_image(np.asarray(image, np.float32), name="sem", scale=(0.1, 0.1), units=("um", "um"))
    add_class_layers(window, layer, {AXON: (labels == 1).astype(np.uint8), MYELIN: (labels == 2).astype(np.uint8)})
    window.window.resize(1280, 800)
    return window


@pytest.fixture
def dock(viewer: Any, qtbot: QtBot) -> ExportDock:
    """The dock as napari makes it: with a viewer that keeps what is private to itself."""
    widget = ExportDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(widget, name="Export (LabelBridge)")
    viewer.reset_view()
    qtbot.wait(50)
    return widget


@pytest.fixture
def refine(viewer: Any, dock: ExportDock, qtbot: QtBot) -> Iterator[RefineDock]:
    widget = RefineDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(widget, name="Refine (LabelBridge)", tabify=True)
    yield widget
    widget.refining.close()


def make_plain(make_napari_viewer: Viewers) -> tuple[Any, ExportDock]:
    """Return a window that is not drawn, with empty masks, and its dock."""
    viewer = make_napari_viewer()
    layer = viewer.add_image(np.zeros(SHAPE), name="sem")
    add_class_layers(viewer, layer, {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN)})
    dock = ExportDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Export (LabelBridge)")
    return viewer, dock


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    """Click a button near its left, where a box is ticked as well."""
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))


def finish(qtbot: QtBot, dock: ExportDock) -> None:
    qtbot.waitUntil(lambda: not dock.presenter.is_busy, timeout=20_000)


def raise_(qtbot: QtBot, dock: QWidget) -> None:
    dock.parent().raise_()
    qtbot.wait(50)


def choose(combo: QComboBox, row: int) -> None:
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


def record_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "sem_provenance.json").read_text(encoding="utf-8"))
    return found


def went_to_fibre(refine: RefineDock) -> bool:
    """Go to the next place, and tell whether it is a fibre."""
    refine.presenter.next()
    place = refine.presenter.place
    return place is not None and place.kind == "fibre"


def test_the_correction_in_work_is_exported_with_its_last_stroke_and_states(
    viewer: Any, dock: ExportDock, refine: RefineDock, qtbot: QtBot, out: Path
) -> None:
    click(qtbot, refine.start.start)
    qtbot.waitUntil(lambda: refine.presenter.counts() is not None, timeout=30_000)
    qtbot.waitUntil(lambda: went_to_fibre(refine), timeout=30_000)
    refine.presenter.accept()
    viewer.reset_view()
    axon, myelin = viewer.layers["sem axon"], viewer.layers["sem myelin"]
    raise_(qtbot, dock)
    click(qtbot, dock.export.formats["ome-tiff"])
    click(qtbot, dock.export.folder.button)
    refine.refining.correcting.choose(AXON)
    mouse = Mouse(viewer, axon)
    mouse.press((200, 200))
    mouse.move((200, 280))
    click(qtbot, dock.export.button)
    mouse.release((200, 280))
    finish(qtbot, dock)
    folder = out / "sem_masks"
    assert f"6 files in {folder}." in dock.messages.text
    assert "1 accepted" in dock.messages.text
    for name in ("axondeepseg", "ome-tiff"):
        labels = read_label_map(find_masks(folder / name)["sem"])
        np.testing.assert_array_equal(labels.mask(AXON), axon.data != 0)
        np.testing.assert_array_equal(labels.mask(MYELIN), myelin.data != 0)
        assert labels.mask(AXON)[200, 200:281].all()
    review = record_in(folder)["review"]
    assert review["outcome"] == "reviewed"
    assert review["counts"]["accepted"] == 1
    assert review["counts"]["corrected"] >= 1
    assert review["counts"]["model"] >= 1
    click(qtbot, refine.start.start)
    click(qtbot, dock.export.button)
    finish(qtbot, dock)
    assert record_in(out / "sem_masks_2")["review"] == review, "the journal remembers what the correction knew"


def test_without_a_review_the_record_says_so(dock: ExportDock, qtbot: QtBot, out: Path) -> None:
    assert not dock.export.button.isEnabled()
    assert "Choose the folder" in dock.export.hint.text()
    click(qtbot, dock.export.folder.button)
    click(qtbot, dock.export.button)
    finish(qtbot, dock)
    assert record_in(out / "sem_masks")["review"]["outcome"] == "not reviewed"
    assert "no review of these masks is known" in dock.messages.text


def test_masks_are_evaluated_against_layers_and_a_file(
    viewer: Any, dock: ExportDock, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not dock.evaluate.button.isEnabled()
    assert "Choose what is true" in dock.evaluate.hint.text()
    masks = {name: viewer.layers[f"sem {name}"].data for name in (AXON, MYELIN)}
    true = {name: mask.copy() for name, mask in masks.items()}
    true[AXON][:100] = true[MYELIN][:100] = 0
    for name, mask in true.items():
        viewer.add_labels(mask, name=f"by hand {name}")
    viewer.layers.selection.active = viewer.layers["sem axon"]
    choose(dock.evaluate.truth, 0)
    assert dock.evaluate.truth.currentText() == "by hand (axon, myelin)"
    click(qtbot, dock.evaluate.button)
    finish(qtbot, dock)
    table = dock.evaluate.table
    assert table.isVisible()
    assert dock.evaluate.about.text() == "sem (axon, myelin) against by hand (axon, myelin)"
    assert [table.verticalHeaderItem(row).text() for row in range(2)] == [AXON, MYELIN]
    both = np.count_nonzero(true[AXON])
    assert float(table.item(0, 0).text()) == pytest.approx(2 * both / (both + np.count_nonzero(masks[AXON])), abs=1e-3)
    assert table.item(0, 2).text() == "1.000"
    fibres = dock.evaluate.fibres
    found, missed, invented = (int(fibres.item(0, column).text()) for column in range(3))
    assert (found + missed, found + invented) == (count_areas(true[AXON]), count_areas(masks[AXON]))
    assert missed < invented
    objects = dock.evaluate.objects
    sq, pq = (float(objects.item(0, column).text()) for column in (2, 3))
    assert sq * float(fibres.item(0, 3).text()) == pytest.approx(pq, abs=2e-3)
    for shown in (table, fibres, objects):
        qtbot.waitUntil(lambda shown=shown: is_readable(shown))
    errors = viewer.layers["sem errors"]
    np.testing.assert_array_equal(
        errors.data == ONLY_AFTER, (masks[AXON] | masks[MYELIN]) != (true[AXON] | true[MYELIN])
    )
    np.testing.assert_allclose(errors.scale, (0.1, 0.1))
    assert not errors.editable
    assert viewer.layers.selection.active is viewer.layers["sem axon"], "the brush stays where it is"

    labels = LabelMap.from_masks({name: mask != 0 for name, mask in masks.items()})
    write_axondeepseg(labels, "sem", tmp_path, overwrite=False)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "sem_seg-axon.png"), ""))
    click(qtbot, dock.evaluate.file)
    click(qtbot, dock.evaluate.button)
    finish(qtbot, dock)
    assert table.item(0, 0).text() == "1.000"
    assert not viewer.layers["sem errors"].data.any()
    assert [layer.name for layer in viewer.layers].count("sem errors") == 1


def count_areas(mask: Any) -> int:
    return int(ndimage.label(mask)[1])


def is_readable(table: Any) -> bool:
    """Return whether each column is as wide as its header's text, and all together not wider than the table."""
    header = table.horizontalHeader()
    texts = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount())]
    widths_px = map(header.fontMetrics().horizontalAdvance, texts)
    is_wide = [header.sectionSize(column) >= width_px for column, width_px in enumerate(widths_px)]
    return all(is_wide) and bool(header.length() <= table.viewport().width())


def test_layers_that_go_and_that_do_not_fit_are_sentences(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    viewer, dock = make_plain(make_napari_viewer)
    odd = viewer.add_labels(np.zeros((5, 7), np.uint8), name="odd axon")
    choose(dock.evaluate.truth, 0)
    click(qtbot, dock.evaluate.button)
    finish(qtbot, dock)
    assert "got a truth of 5 x 7 px for axon masks of 480 x 480 px" in dock.messages.text
    assert not dock.messages.details
    viewer.layers.remove(odd)
    assert not dock.evaluate.button.isEnabled()
    viewer.layers["sem axon"].name = "something else"
    assert dock.presenter.masks is not None, "a layer is known by what was noted in it"
    viewer.layers.remove(viewer.layers["something else"])
    assert "This image has no masks yet" in dock.export.hint.text()
    viewer.layers.remove(viewer.layers["sem"])
    assert "Open an image and its masks first." in dock.export.hint.text()


def test_masks_of_another_shape_are_a_sentence(viewer: Any, dock: ExportDock, qtbot: QtBot, out: Path) -> None:
    viewer.add_image(np.zeros(SHAPE), name="other")
    for name in (AXON, MYELIN):
        viewer.add_labels(np.zeros((5, 5), np.uint8), name=f"other {name}")
    choose(dock.masks.image, 1)
    click(qtbot, dock.export.folder.button)
    click(qtbot, dock.export.button)
    finish(qtbot, dock)
    assert "got masks of 5 x 5 px for an image of 480 x 480 px" in dock.messages.text
    assert not list(out.iterdir())


class Dawdling:
    """A format that writes until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.is_let_go = threading.Event(), threading.Event()
        slow = FORMATS["axondeepseg"]._replace(write=self._write)
        monkeypatch.setattr(exportwork, "FORMATS", {**FORMATS, "axondeepseg": slow})

    def _write(self, *_: object) -> list[Path]:
        self.begun.set()
        self.is_let_go.wait(20)
        return []


def test_cancel_acts_within_two_seconds_and_leaves_nothing(
    dock: ExportDock, qtbot: QtBot, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Dawdling(monkeypatch)
    click(qtbot, dock.export.folder.button)
    assert not dock.cancel.isEnabled()
    click(qtbot, dock.export.button)
    assert slow.begun.wait(5)
    assert dock.progress.isVisible()
    assert not dock.evaluate.button.isEnabled()
    began = time.monotonic()
    click(qtbot, dock.cancel)
    assert not dock.cancel.isEnabled()
    finish(qtbot, dock)
    assert time.monotonic() - began < CANCELS_WITHIN_S + 0.2
    assert "Cancelled; nothing was written." in dock.messages.text
    slow.is_let_go.set()
    qtbot.waitUntil(lambda: not list(out.iterdir()), timeout=5000)
    qtbot.wait(200)
    assert not list(out.iterdir())


def test_closing_the_window_ends_an_export(
    make_napari_viewer: Viewers, qtbot: QtBot, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, dock = make_plain(make_napari_viewer)
    slow = Dawdling(monkeypatch)
    click(qtbot, dock.export.folder.button)
    click(qtbot, dock.export.button)
    assert slow.begun.wait(5)
    began = time.monotonic()
    viewer.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which a loop would do next
    qtbot.waitUntil(lambda: not is_alive(dock), timeout=5000)
    assert time.monotonic() - began < CLOSES_WITHIN_S
    slow.is_let_go.set()
    until_s = time.monotonic() + 5
    while list(out.iterdir()) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not list(out.iterdir())


def is_alive(dock: ExportDock) -> bool:
    try:
        return dock.isVisible()
    except RuntimeError:
        return False


def test_every_control_has_a_tooltip_and_a_name(dock: ExportDock) -> None:
    for widget in dock.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QComboBox):
            is_inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QComboBox)
            is_corner = type(widget).__name__ == "QTableCornerButton" or widget.parent() is dock.evaluate.table
            assert is_inner or is_corner or widget.toolTip(), f"{type(widget).__name__} {widget.objectName()}"


def test_tab_goes_from_top_to_bottom(dock: ExportDock) -> None:
    chain = [dock.masks.image]
    while (after := chain[-1].nextInFocusChain()) is not chain[0]:
        chain.append(after)
    tops = [
        widget.mapTo(dock, widget.rect().topLeft()).y()
        for widget in chain
        if dock.isAncestorOf(widget) and widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(tops) >= 12
    assert tops == sorted(tops)


def test_nothing_is_cut_off_at_the_side(viewer: Any, dock: ExportDock, qtbot: QtBot) -> None:
    assert dock.isVisible()
    for widget in dock.findChildren(QAbstractButton):
        if widget.isVisible() and widget.text():
            assert widget.width() >= widget.minimumSizeHint().width(), widget.text()
