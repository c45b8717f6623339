"""The Project dock in a real window, with real clicks and drops, the phantoms and the small sample models."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from napari.utils._proxies import PublicOnlyProxy
from PIL import Image as PillowImage
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit, QPushButton

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io.project import Project, ProjectDocument, ProjectImage, mask_versions
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.projectfolder import OpenProject
from labelbridge.plugin.viewer import add_class_layers, class_layers
from labelbridge.plugin.widgets import BootstrapDock, ProjectDock, RefineDock
from mousestrokes import Mouse

SEM = sample_data_folder() / "sem_unlabeled" / "sub-s1" / "micr" / "sub-s1_sample-01_SEM.png"
TUTORED = sample_data_folder() / "models" / "tutored"

Viewers = Callable[..., Any]
CLOSES_WITHIN_S = 2 * 3.0
"""Twice what is promised: other work on the machine comes in between."""

CANCELS_WITHIN_S = 2.0
MANY = 2000


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    BootstrapChoices(model=TUTORED).save()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three images: two parts of the sample, and a file that is none."""
    folder = tmp_path / "images"
    folder.mkdir()
    pixels = np.asarray(PillowImage.open(SEM))
    PillowImage.fromarray(pixels[:256, :256]).save(folder / "a.png")
    PillowImage.fromarray(pixels[256:, 256:]).save(folder / "b.png")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


def test_choices_of_the_bootstrap_dock_are_seen_as_the_tab_comes_up(
    make_napari_viewer: Viewers, qtbot: QtBot, tmp_path: Path
) -> None:
    viewer = make_napari_viewer(show=True)
    dock = ProjectDock(viewer)
    frame = viewer.window.add_dock_widget(dock, name="behind")
    front = viewer.window.add_dock_widget(RefineDock(viewer), name="before", tabify=True)
    front.raise_()
    qtbot.wait(100)
    BootstrapChoices(model=tmp_path / "gone").save()
    assert dock.batch.draft.choices.model == TUTORED
    frame.raise_()
    qtbot.waitUntil(lambda: dock.batch.draft.choices.model != TUTORED)


def test_from_a_new_project_to_saved_corrections_and_back(
    make_napari_viewer: Viewers, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, images: Path, folder: Path
) -> None:
    viewer = make_napari_viewer(show=True)
    dock, refine = open_docks(viewer)
    assert not dock.images.add.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    click(qtbot, dock.start.new)
    finish(qtbot, dock)
    drop(dock, images)
    finish(qtbot, dock)
    assert dock.images.table.model().rowCount() == 2
    assert "model" in dock.bootstrap.description.text()
    click(qtbot, dock.bootstrap.all)
    qtbot.waitUntil(lambda: "image 1 of 2, a: " in dock.bootstrap.progress.line.text, timeout=60_000)
    finish(qtbot, dock)
    assert "Images with new masks: 2 of 2." in dock.bootstrap.messages.text
    assert cell(dock, 1, 1) == "bootstrapped"

    double_click(qtbot, dock, 0)
    finish(qtbot, dock)
    assert [layer.name for layer in viewer.layers] == ["a", "a uncertainty", "a axon", "a myelin"]
    assert not viewer.layers["a uncertainty"].visible
    click(qtbot, refine.start.start)
    Mouse(viewer, viewer.layers["a axon"]).stroke([(60, 60), (60, 120)])
    assert viewer.layers["a axon"].data[60, 90] == 1
    corrected = viewer.layers["a axon"].data.copy()
    double_click(qtbot, dock, 1)
    assert "'a' have changes that are not saved" in dock.messages.text
    click(qtbot, button(dock, "Save"))
    finish(qtbot, dock)
    project = Project.open(folder)
    assert [row.state for row in project.rows()] == ["in correction", "bootstrapped"]
    assert [version.name for version in mask_versions(project, "a")] == ["0001", "0002"]
    assert not viewer.layers["a"].visible
    assert viewer.layers["b axon"].visible
    assert refine.refining.correcting is None

    double_click(qtbot, dock, 0)
    finish(qtbot, dock)
    assert viewer.layers["a axon"].visible
    assert not viewer.layers["b axon"].visible
    assert len(viewer.layers) == 8, "nothing is opened twice"
    viewer.window.remove_dock_widget(dock)

    other = make_napari_viewer()
    again, _ = open_docks(other)
    again.presenter.open(folder)
    finish(qtbot, again)
    assert again.presenter.current == "a"
    assert [layer.name for layer in other.layers] == ["a", "a uncertainty", "a axon", "a myelin"]
    np.testing.assert_array_equal(other.layers["a axon"].data, corrected)
    assert not again.presenter.has_unsaved
    assert cell(again, 0, 1) == "in correction"


def test_cancel_acts_at_once_and_the_batch_goes_on_later(
    make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path
) -> None:
    dock, _ = open_docks(make_napari_viewer())
    begin(qtbot, dock, folder, images)
    dock.batch.image_done.connect(lambda _: QApplication.processEvents() or dock.batch.cancel())
    click(qtbot, dock.bootstrap.all)
    qtbot.waitUntil(lambda: dock.batch.is_cancelling or not dock.batch.is_busy, timeout=60_000)
    began = time.monotonic()
    finish(qtbot, dock)
    assert time.monotonic() - began < CANCELS_WITHIN_S
    assert "Cancelled." in dock.bootstrap.messages.text
    states = [row.state for row in Project.open(folder).rows()]
    assert states == ["bootstrapped", "new"]
    dock.batch.image_done.disconnect()
    click(qtbot, dock.bootstrap.all)
    finish(qtbot, dock)
    assert "Images with new masks: 1 of 1." in dock.bootstrap.messages.text
    assert "Images that had masks already: 1 of 2." in dock.bootstrap.messages.text


def test_closing_the_window_ends_a_batch_and_lets_the_project_go(
    make_napari_viewer: Viewers,
    qtbot: QtBot,
    images: Path,
    folder: Path,
    threads: Callable[[], list[threading.Thread]],
) -> None:
    viewer = make_napari_viewer()
    dock, _ = open_docks(viewer)
    begin(qtbot, dock, folder, images)
    click(qtbot, dock.bootstrap.all)
    qtbot.waitUntil(lambda: bool(children()), timeout=60_000)
    began = time.monotonic()
    viewer.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which a loop would do next
    qtbot.waitUntil(lambda: not (threads() or children()), timeout=10_000)
    assert time.monotonic() - began < CLOSES_WITHIN_S
    OpenProject.open(folder).close()


def test_the_channel_of_colour_images_is_chosen_as_in_the_bootstrap_dock_and_remembered(
    make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path
) -> None:
    viewer = make_napari_viewer()
    dock, _ = open_docks(viewer)
    bootstrap = BootstrapDock(viewer)
    viewer.window.add_dock_widget(bootstrap, name="Bootstrap")
    box = dock.bootstrap.channel
    assert not box.isEnabled()
    begin(qtbot, dock, folder, images)
    assert box.currentText() == "Luminance"
    for one in (box, bootstrap.form.channel):
        assert [one.itemText(row) for row in range(one.count())] == ["Luminance", "Red", "Green", "Blue"]
        assert one.toolTip() == "What is taken of a colour image."
    box.setCurrentIndex(2)
    box.activated.emit(2)
    finish(qtbot, dock)
    assert box.currentText() == "Green"
    assert Project.open(folder).document.channel == "green"


def test_images_open_while_a_batch_runs(make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path) -> None:
    viewer = make_napari_viewer()
    dock, _ = open_docks(viewer)
    begin(qtbot, dock, folder, images)
    click(qtbot, dock.bootstrap.all)
    double_click(qtbot, dock, 1)
    qtbot.waitUntil(lambda: "b" in viewer.layers, timeout=5000)
    assert dock.batch.is_busy
    dock.presenter.open(folder)
    assert "are being bootstrapped; wait, or cancel that first" in dock.messages.text
    finish(qtbot, dock)
    assert "New masks of 'b' are saved; open the image again" in dock.messages.text
    double_click(qtbot, dock, 1)
    finish(qtbot, dock)
    assert set(class_layers(viewer, viewer.layers["b"])) == {"axon", "myelin"}
    assert len(viewer.layers) == 3


def test_closing_an_image_ends_its_correction_and_takes_only_its_layers(
    make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path
) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((20, 20)), name="mine")
    dock, refine = open_docks(viewer)
    begin(qtbot, dock, folder, images)
    double_click(qtbot, dock, 0)
    finish(qtbot, dock)
    click(qtbot, refine.start.start)
    assert refine.refining.correcting is not None
    viewer.layers["a axon"].data_setitem((np.arange(5, 9), np.arange(5, 9)), 1)
    click(qtbot, dock.images.close_image)
    click(qtbot, button(dock, "Do not save"))
    assert [layer.name for layer in viewer.layers] == ["mine"]
    assert refine.refining.correcting is None
    assert not dock.images.save.isEnabled()


def test_an_image_that_is_open_already_is_taken_over_with_its_masks(
    make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path
) -> None:
    viewer = make_napari_viewer()
    (mine,) = viewer.open(images / "b.png", plugin="napari")
    drawn = {name: np.zeros((256, 256), np.uint8) for name in ("axon", "myelin")}
    drawn["axon"][5:50, 5:50] = 1
    add_class_layers(viewer, mine, drawn)
    dock, _ = open_docks(viewer)
    begin(qtbot, dock, folder, images)
    double_click(qtbot, dock, 1)
    finish(qtbot, dock)
    assert [layer.name for layer in viewer.layers] == ["b", "b axon", "b myelin"]
    assert dock.presenter.has_unsaved
    click(qtbot, dock.images.save)
    finish(qtbot, dock)
    assert not dock.presenter.has_unsaved
    assert cell(dock, 1, 1) == "in correction"
    assert len(mask_versions(Project.open(folder), "b")) == 1


def test_two_thousand_images_stay_quick(make_napari_viewer: Viewers, qtbot: QtBot, folder: Path) -> None:
    many_images(folder)
    viewer = make_napari_viewer(show=True)
    dock, _ = open_docks(viewer)
    dock.presenter.open(folder)
    late_ms = longest_pause_ms(qtbot, lambda: not dock.presenter.is_busy)
    table = dock.images.table
    assert table.model().rowCount() == MANY
    assert late_ms < 500
    for act in (
        lambda: table.sortByColumn(1, Qt.SortOrder.DescendingOrder),
        table.scrollToBottom,
        lambda: dock.images.filter.setText("image-19"),
        table.selectAll,
        lambda: dock.images.filter.setText(""),
        lambda: dock.presenter.row_changed.emit(7),
    ):
        began = time.perf_counter()
        act()
        QApplication.processEvents()
        assert time.perf_counter() - began < 0.5


def test_the_table_sorts_finds_and_keeps_the_selection(
    make_napari_viewer: Viewers, qtbot: QtBot, images: Path, folder: Path
) -> None:
    dock, _ = open_docks(make_napari_viewer())
    begin(qtbot, dock, folder, images)
    table = dock.images.table
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert [cell(dock, row, 0) for row in range(2)] == ["b", "a"]
    table.selectRow(0)
    assert table.names == ["b"]
    click(qtbot, dock.images.done)
    finish(qtbot, dock)
    assert table.names == ["b"]
    assert cell(dock, 0, 1) == "done"
    assert dock.images.done.text() == "Not done yet"
    dock.images.filter.setText("A")
    assert table.model().rowCount() == 1
    assert cell(dock, 0, 0) == "a"
    dock.images.filter.setText("")
    click_row(qtbot, dock, 1)
    click(qtbot, dock.images.remove)
    finish(qtbot, dock)
    assert table.model().rowCount() == 1
    assert (images / "a.png").exists()


def test_missing_files_are_shown_and_found(
    make_napari_viewer: Viewers, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, images: Path, folder: Path
) -> None:
    dock, _ = open_docks(make_napari_viewer())
    begin(qtbot, dock, folder, images)
    assert dock.images.find_missing.isHidden()
    moved = images.rename(images.with_name("moved"))
    dock.presenter.open(folder)
    finish(qtbot, dock)
    assert dock.images.missing.text() == "Missing: image, a.png and 1 more."
    assert cell(dock, 0, 1) == "file missing"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    click(qtbot, dock.images.find_missing)
    finish(qtbot, dock)
    assert dock.images.find_missing.isHidden()
    assert cell(dock, 0, 1) == "new"


def test_a_dropped_project_is_opened(make_napari_viewer: Viewers, qtbot: QtBot, folder: Path) -> None:
    Project.create(folder, name="dropped")
    dock, _ = open_docks(make_napari_viewer())
    drop(dock, folder)
    finish(qtbot, dock)
    assert "dropped: 0 images" in dock.start.title.text()
    drop(dock, folder / "nothing.png")
    finish(qtbot, dock)
    assert "there is no such file" in dock.messages.text


def test_every_control_has_a_name_and_a_tooltip_and_tab_reaches_it(make_napari_viewer: Viewers) -> None:
    dock, _ = open_docks(make_napari_viewer())
    controls = [one for kind in (QAbstractButton, QComboBox, QLineEdit) for one in dock.findChildren(kind)]
    ours = [one for one in controls if not isinstance(one.parent(), QLineEdit | QComboBox)]
    assert len(ours) > 10
    for one in ours:
        if type(one).__name__ in ("QTableCornerButton", "QAbstractButton"):
            continue
        text = one.text() if isinstance(one, QAbstractButton) else one.accessibleName()
        assert text or one.accessibleName(), one
        assert one.toolTip(), text
        assert one.focusPolicy() & Qt.FocusPolicy.TabFocus, text


def test_nothing_is_cut_off_in_a_small_window(make_napari_viewer: Viewers, qtbot: QtBot, folder: Path) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    many_images(folder)
    dock, _ = open_docks(viewer)
    dock.presenter.open(folder)
    finish(qtbot, dock)
    qtbot.wait(100)
    assert viewer.window._qt_window.height() <= 800  # noqa: SLF001
    for one in dock.findChildren(QPushButton):
        if one.isVisible():
            place = one.mapTo(dock, QPoint(0, 0))
            assert place.x() >= 0
            assert place.x() + one.width() <= dock.width(), one.text()
            assert one.width() >= one.minimumSizeHint().width(), one.text()
            assert place.y() + one.height() <= dock.height(), one.text()


def test_opening_the_dock_loads_no_torch() -> None:
    code = (
        "import sys, napari; from labelbridge.plugin.widgets.project import ProjectDock; "
        "viewer = napari.Viewer(show=False); viewer.window.add_dock_widget(ProjectDock(viewer)); "
        "print(sorted({'torch', 'nnunetv2'} & set(sys.modules))); viewer.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def open_docks(viewer: Any) -> tuple[ProjectDock, RefineDock]:
    """The docks as napari makes them: with a viewer that keeps what is private to itself."""
    refine = RefineDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(refine, name="Refine")
    dock = ProjectDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Project", tabify=True)
    viewer.window.dock_widgets  # noqa: B018
    dock.parent().raise_()
    return dock, refine


def begin(qtbot: QtBot, dock: ProjectDock, folder: Path, images: Path) -> None:
    """Make a project with images."""
    dock.presenter.create(folder)
    finish(qtbot, dock)
    dock.presenter.add([images])
    finish(qtbot, dock)


def many_images(folder: Path) -> None:
    """Make a project of many images whose files are not there."""
    images = tuple(
        ProjectImage(
            name=f"image-{number}", place=f"images/{number}.png", sha256=str(number), size_bytes=9, shape=(512, 512)
        )
        for number in range(MANY)
    )
    Project.create(folder).change(lambda document: ProjectDocument(name=document.name, images=images))


def longest_pause_ms(qtbot: QtBot, is_done: Callable[[], bool]) -> float:
    """Return how long the event loop was not there for others, until something is done."""
    longest = 0.0
    began = time.perf_counter()
    while not is_done():
        before = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - before)
        assert before - began < 30
        time.sleep(0.001)
    return 1000 * longest


def drop(dock: ProjectDock, path: Path) -> None:
    """Drop a file or folder onto the dock."""
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path))])
    keys, button, copy = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    QApplication.sendEvent(dock, QDragEnterEvent(QPoint(9, 9), copy, dropped, button, keys))
    QApplication.sendEvent(dock, QDropEvent(QPointF(9, 9), copy, dropped, button, keys))


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def click_row(qtbot: QtBot, dock: ProjectDock, row: int) -> QPoint:
    table = dock.images.table
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    return place


def double_click(qtbot: QtBot, dock: ProjectDock, row: int) -> None:
    place = click_row(qtbot, dock, row)
    qtbot.mouseDClick(dock.images.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def cell(dock: ProjectDock, row: int, column: int) -> str:
    return str(dock.images.table.model().index(row, column).data())


def finish(qtbot: QtBot, dock: ProjectDock, timeout_s: float = 120) -> None:
    """Wait until nothing runs."""
    qtbot.waitUntil(lambda: not (dock.presenter.is_busy or dock.batch.is_busy), timeout=round(1000 * timeout_s))


def button(dock: Any, text: str) -> QPushButton:
    (found,) = (one for one in dock.messages.findChildren(QPushButton) if one.text() == text and one.isEnabled())
    return found


def children() -> list[psutil.Process]:
    """The inference processes of this process."""
    return [one for one in psutil.Process().children(recursive=True) if "labelbridge.bootstrap.server" in one.cmdline()]
