"""Corrections that are neither exported nor saved: the user is told, never held up, and loses nothing."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton

from hands import click
from labelbridge.core import AXON, MYELIN
from labelbridge.plugin.layernotes import note_models
from labelbridge.plugin.presenters.projectimage import ReadImage
from labelbridge.plugin.projectlayers import ProjectLayers
from labelbridge.plugin.viewer import add_class_layers, class_layers
from labelbridge.plugin.widgets import ExportDock, RefineDock
from labelbridge.plugin.window import unsaved_since
from mousestrokes import Mouse
from phantoms import make_sem

SHAPE = (240, 240)
EXPORT = "Export (LabelBridge)"
MODELS = {"segmenter": {"name": "tem", "kind": "nnunet"}}
UNSAVED = "Neither exported nor saved: the correction of 'sem' (1 edit, "
Viewers = Callable[..., Any]
Docks = Callable[[Any], RefineDock]


@pytest.fixture(autouse=True)
def _own_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def open_dock(qtbot: QtBot) -> Iterator[Docks]:
    docks: list[RefineDock] = []

    def make(viewer: Any) -> RefineDock:
        dock = RefineDock(PublicOnlyProxy(viewer))
        viewer.window.add_dock_widget(dock, name="Refine (LabelBridge)")
        docks.append(dock)
        qtbot.waitUntil(lambda: "counted" not in journals(dock))
        return dock

    yield make
    for dock in docks:
        dock.refining.close()


@pytest.fixture
def viewer(make_napari_viewer: Viewers) -> Any:
    window = make_napari_viewer(show=True)
    image, labels = make_sem(3, SHAPE)
    layer = window.add_image(np.asarray(image, np.float32), name="sem")
    made = add_class_layers(
        window, layer, {name: (labels == value).astype(np.uint8) for value, name in ((1, AXON), (2, MYELIN))}
    )
    note_models(made.values(), MODELS)
    return window


def correct(viewer: Any, dock: RefineDock) -> dict[str, np.ndarray]:
    """Begin to correct, paint once, and return the masks as they are then."""
    click(dock.start.start)
    layers = class_layers(viewer, viewer.layers["sem"])
    Mouse(viewer, layers[AXON]).stroke([(100, 100), (100, 140)])
    session = dock.presenter.session
    assert session is not None
    assert session.is_unsaved
    return {name: layer.data.copy() for name, layer in layers.items()}


def journals(dock: RefineDock) -> str:
    return "\n".join(label.text() for label in dock.journals.findChildren(QLabel))


def answer(dock: RefineDock, text: str) -> QPushButton:
    return [button for button in dock.offer.findChildren(QPushButton) if button.text() == text][-1]


def export(viewer: Any, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Export the masks of the newest set and return the record."""
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    dock = viewer.window.dock_widgets.get(EXPORT)
    if dock is None:
        dock = ExportDock(PublicOnlyProxy(viewer))
        viewer.window.add_dock_widget(dock, name=EXPORT, tabify=True)
    dock.parent().raise_()
    click(dock.export.folder.button)
    click(dock.export.button)
    qtbot.waitUntil(lambda: not dock.presenter.is_busy, timeout=20_000)
    record = max(folder.glob("*/sem_provenance.json"))
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return found


def test_closing_asks_nothing_and_the_next_window_tells_and_brings_all_back(
    viewer: Any, make_napari_viewer: Viewers, open_dock: Docks, qtbot: QtBot
) -> None:
    dock = open_dock(viewer)
    assert dock.offer.text == ""
    pixels = viewer.layers["sem"].data
    masks = correct(viewer, dock)
    assert "Not exported or saved yet" in dock.start.kept.text()
    session = dock.presenter.session
    assert session is not None
    viewer.close()
    qtbot.waitUntil(lambda: not session.is_open, timeout=5000)
    assert QApplication.activeModalWidget() is None
    assert unsaved_since(datetime.now(UTC) - timedelta(minutes=5)).startswith(UNSAVED)
    assert unsaved_since(datetime.now(UTC) + timedelta(minutes=5)) == ""

    another = make_napari_viewer(show=True)
    dock = open_dock(another)
    qtbot.waitUntil(lambda: dock.offer.text.startswith(UNSAVED))
    assert "Open the image to go on with it." in dock.offer.text
    another.add_image(pixels, name="renamed")
    assert "with 1 edit, and neither exported nor saved since. Go on with those masks?" in dock.offer.text
    click(answer(dock, "Restore"))
    restored = class_layers(another, another.layers["renamed"])
    for name, mask in masks.items():
        np.testing.assert_array_equal(restored[name].data, mask)
    assert "Not exported or saved yet" in dock.start.kept.text()


def test_who_does_not_want_to_hear_of_it_is_left_in_peace(
    viewer: Any, make_napari_viewer: Viewers, open_dock: Docks, qtbot: QtBot
) -> None:
    correct(viewer, open_dock(viewer))
    viewer.close()
    another = make_napari_viewer()
    dock = open_dock(another)
    qtbot.waitUntil(lambda: dock.offer.text.startswith(UNSAVED))
    click(answer(dock, "Not now"))
    dock.refining.keeping.look()
    qtbot.wait(300)
    another.add_image(np.zeros((9, 9)), name="other")
    assert dock.offer.text == ""


def test_an_export_during_or_after_the_correction_is_noted_with_the_models(
    viewer: Any, open_dock: Docks, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = open_dock(viewer)
    correct(viewer, dock)
    assert export(viewer, tmp_path / "out", qtbot, monkeypatch)["models"] == MODELS
    assert "No edits since" in dock.start.kept.text()
    dock.presenter.undo()
    assert "Not exported or saved yet" in dock.start.kept.text()
    click(dock.start.start)
    assert "neither exported nor saved since" in dock.offer.text
    qtbot.waitUntil(lambda: [one.state for one in dock.refining.keeping.journals] == ["not exported"])
    export(viewer, tmp_path / "again", qtbot, monkeypatch)
    qtbot.waitUntil(lambda: [one.state for one in dock.refining.keeping.journals] == ["finished"])
    for layer in list(viewer.layers)[1:]:
        viewer.layers.remove(layer)
    assert "Go on with those masks?" in dock.offer.text
    assert "neither exported" not in dock.offer.text
    click(answer(dock, "Restore"))
    assert export(viewer, tmp_path / "restored", qtbot, monkeypatch)["models"] == MODELS


def test_masks_that_are_removed_are_offered_again(viewer: Any, open_dock: Docks, qtbot: QtBot) -> None:
    dock = open_dock(viewer)
    masks = correct(viewer, dock)
    click(dock.start.start)
    click(answer(dock, "Not now"))
    assert dock.offer.text == ""
    viewer.layers.remove(viewer.layers["sem axon"])
    assert "neither exported nor saved since. Go on with those masks?" in dock.offer.text
    click(answer(dock, "Restore"))
    np.testing.assert_array_equal(class_layers(viewer, viewer.layers["sem"])[AXON].data, masks[AXON])


def test_a_window_that_is_emptied_says_what_is_only_in_the_journal(viewer: Any, open_dock: Docks, qtbot: QtBot) -> None:
    dock = open_dock(viewer)
    correct(viewer, dock)
    viewer.layers.clear()
    qtbot.waitUntil(lambda: dock.offer.text.startswith(UNSAVED))


def test_masks_saved_in_a_project_are_noted(make_napari_viewer: Viewers, open_dock: Docks, qtbot: QtBot) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    layers = ProjectLayers(viewer, lambda: [dock.refining])
    masks = {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN)}
    pixels = np.asarray(make_sem(3, SHAPE)[0], np.float32)
    layers.show(ReadImage("sem", (pixels, {"name": "sem"}, "image"), masks, None, ("masks/sem/0001/x.png",)))
    correct(viewer, dock)
    saved = layers.masks("sem")
    layers.know_saved("sem", saved, ("masks/sem/0002/x.png",))
    assert "No edits since" in dock.start.kept.text()
    dock.presenter.undo()
    click(dock.start.start)
    layers.know_saved("sem", layers.masks("sem"), ("masks/sem/0003/x.png",))
    qtbot.waitUntil(lambda: [one.state for one in dock.refining.keeping.journals] == ["finished"])


def test_the_line_of_journals_counts_one_that_has_just_begun(viewer: Any, open_dock: Docks, qtbot: QtBot) -> None:
    dock = open_dock(viewer)
    assert "no journals yet" in journals(dock)
    correct(viewer, dock)
    qtbot.waitUntil(lambda: "1 journal, " in journals(dock), timeout=5000)
    (journal,) = dock.refining.keeping.journals
    assert journal.state == "open"
    assert journal.header is not None
    assert journal.header.origin.models == MODELS
