"""The Jobs dock in a real window, with real clicks, and real jobs in processes of their own."""

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QPushButton,
    QSlider,
    QTabBar,
    QTableWidget,
)

from hands import button_of, click
from labelbridge.core import TranslatorCard
from labelbridge.io.modelfolder import CARD
from labelbridge.jobs import RUNNERS, JobFolder, JobReporter, JobSpec, JobStatus, JobStore, LocalRunner
from labelbridge.plugin.widgets import JobsDock, ProjectDock

Viewers = Callable[..., Any]
STARTER = Path(__file__).parents[1] / "unit" / "jobs" / "job_starter_for_tests.py"
SAMPLES = Path(__file__).parents[2] / "sample_data"
LOST_WITHIN_MS = 20_000
"""Twice what is promised: other work on the machine comes in between."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(RUNNERS, "local", lambda: LocalRunner((sys.executable, str(STARTER), "--in-turn")))


@pytest.fixture
def new_job() -> Iterator[Callable[..., JobFolder]]:
    """Begin jobs that count, and leave no process behind."""
    made: list[JobFolder] = []

    def make(task: str = "count", **settings: object) -> JobFolder:
        made.append(JobStore().new_job(JobSpec.of(task, {"device": "cpu", **settings})))
        RUNNERS["local"]().submit(made[-1])
        return made[-1]

    yield make
    for folder in made:
        if folder.path.is_dir() and (process := folder.status().process()):
            with suppress(psutil.Error):
                process.kill()
                process.wait()


def test_a_job_that_failed_on_a_card_goes_on_without(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    job = JobStore().new_job(JobSpec.of("count", {"device": "auto", "to": 20}))
    job.write_status(JobStatus().ended("failed", "The memory is not enough."))
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "failed", timeout=30_000)
    click(dock.resume)
    assert f"Where shall '{job.path.name}' go on?" in dock.messages.text
    click(button_of(dock, "On the CPU"))
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "finished", timeout=60_000)
    assert job.spec().settings["device"] == "cpu"


def ended_job(ending: str = "cancelled", message: str = "", task: str = "count") -> JobFolder:
    folder = JobStore().new_job(JobSpec.of(task, {}))
    folder.write_status(JobStatus().ended(ending, message))
    return folder


def test_a_job_is_watched_stopped_resumed_and_deleted(
    make_napari_viewer: Viewers, qtbot: QtBot, new_job: Callable[..., JobFolder]
) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    assert not dock.stop.isEnabled()
    job = new_job(to=2_000, pause_s=0.02)
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "running", timeout=30_000)
    assert cell(dock, 0, 0) == job.path.name
    qtbot.waitUntil(lambda: shown_points(dock) > 3, timeout=30_000)
    points = shown_points(dock)
    qtbot.waitUntil(lambda: shown_points(dock) > points, timeout=30_000)
    assert dock.sentence.text().startswith("Running: counting")
    assert "starting at 0" in dock.log.toPlainText()

    click(dock.stop)
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "cancelled", timeout=30_000)
    assert "stops as soon as its work is saved" in dock.messages.text
    assert not dock.stop.isEnabled()
    click(dock.resume)
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "running", timeout=30_000)
    qtbot.waitUntil(lambda: dock.log.toPlainText().count("starting at") == 2, timeout=30_000)
    steps = dock.presenter.details.curves["loss"][0]
    assert np.all(np.diff(steps) > 0), "the curve goes on where it was"

    click(dock.stop)
    qtbot.waitUntil(lambda: dock.delete.isEnabled(), timeout=30_000)
    click(dock.delete)
    qtbot.waitUntil(lambda: f"Delete '{job.path.name}' for good?" in dock.messages.text, timeout=10_000)
    click(button_of(dock, "Cancel"))
    assert job.path.is_dir()
    click(dock.delete)
    qtbot.waitUntil(lambda: "for good?" in dock.messages.text, timeout=10_000)
    click(button_of(dock, "Delete"))
    qtbot.waitUntil(lambda: dock.table.model().rowCount() == 0, timeout=10_000)
    assert not job.path.exists()
    assert "No jobs yet" in dock.sentence.text()


def test_a_killed_job_is_lost_and_goes_on(
    make_napari_viewer: Viewers, qtbot: QtBot, new_job: Callable[..., JobFolder]
) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    job = new_job(to=150, pause_s=0.02)
    qtbot.waitUntil(lambda: shown_points(dock) > 3, timeout=30_000)
    process = job.status().process()
    assert process is not None
    process.kill()
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "lost", timeout=LOST_WITHIN_MS)
    assert "was killed or crashed; resume the job to continue it" in dock.sentence.text()
    click(dock.resume)
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "finished", timeout=60_000)
    qtbot.waitUntil(lambda: dock.presenter.details.curves["loss"][0][-1] == 150, timeout=10_000)
    assert dock.sentence.text() == "Finished. The result is in result/."


def test_a_failure_is_one_sentence(
    make_napari_viewer: Viewers, qtbot: QtBot, new_job: Callable[..., JobFolder]
) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    new_job("half")
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "failed", timeout=30_000)
    assert dock.sentence.text() == "Failed. got half of it, expected all; try again."
    qtbot.waitUntil(lambda: "Traceback" in dock.log.toPlainText(), timeout=10_000)
    assert dock.resume.isEnabled()


def test_end_now_ends_what_does_not_listen(
    make_napari_viewer: Viewers, qtbot: QtBot, new_job: Callable[..., JobFolder]
) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    job = new_job(to=10_000, pause_s=0.02)
    qtbot.waitUntil(lambda: shown_points(dock) > 3, timeout=30_000)
    process = job.status().process()
    assert process is not None
    process.suspend()
    job.write_status(job.status().model_copy(update={"state": "stopping"}))
    qtbot.waitUntil(lambda: dock.stop.text() == "End now ...", timeout=10_000)
    click(dock.stop)
    click(button_of(dock, "End now"))
    qtbot.waitUntil(lambda: cell(dock, 0, 1) == "cancelled", timeout=30_000)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_previews_can_be_gone_through_in_time(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    reporter = JobReporter(job := ended_job())
    for step in (10, 20, 30):
        reporter.metrics(step, loss=1.0)
        for name in ("to_labeled", "to_unlabeled"):
            reporter.preview(name, np.full((20, 60), step / 40, np.float32))
    dock = open_dock(make_napari_viewer(show=True))
    show_tab(qtbot, dock, "Previews")
    previews = dock.previews
    qtbot.waitUntil(lambda: "3 of 3" in previews.caption.text(), timeout=10_000)
    assert previews.caption.text().startswith("after 30 steps")
    qtbot.waitUntil(lambda: brightness(dock) == 191, timeout=10_000)
    qtbot.keyClick(previews.slider, Qt.Key.Key_Home)
    assert previews.caption.text().startswith("after 10 steps")
    qtbot.waitUntil(lambda: brightness(dock) == 64, timeout=10_000)
    reporter.metrics(40, loss=1.0)
    reporter.preview("to_labeled", np.ones((20, 60), np.float32))
    qtbot.waitUntil(lambda: "of 4" in previews.caption.text(), timeout=10_000)
    assert previews.caption.text().startswith("after 10 steps"), "whoever looks at an earlier one stays there"
    qtbot.keyClick(previews.slider, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: brightness(dock) == 255, timeout=10_000)
    assert len(list(job.previews.iterdir())) == 7


def test_another_model_becomes_the_result(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    job = ended_job("finished")
    for step, score, folder in (
        (100, 0.2, job.checkpoints / "candidate-00000100"),
        (200, 0.5, job.checkpoints / "candidate-00000200"),
        (200, 0.5, job.result),
    ):
        folder.mkdir(parents=True)
        card = TranslatorCard(name="tiny", architecture={}, metrics={"step": step, "score": score})
        (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    dock = open_dock(make_napari_viewer(show=True))
    show_tab(qtbot, dock, "Checkpoints")
    table = dock.checkpoints.table
    qtbot.waitUntil(lambda: table.rowCount() == 2, timeout=10_000)
    assert [text(table, 0, column) for column in range(3)] == ["200", "0.5000", "result"]
    click_cell(qtbot, table, 0)
    assert not dock.checkpoints.use.isEnabled(), "it is the result already"
    click_cell(qtbot, table, 1)
    click(dock.checkpoints.use)
    assert "the model after 200 steps, stays among the checkpoints" in dock.messages.text
    click(button_of(dock, "Use it"))
    qtbot.waitUntil(lambda: text(table, 1, 2) == "result", timeout=10_000)
    assert '"step":100.0' in (job.result / CARD).read_text(encoding="utf-8").replace(" ", "")


def test_a_report_and_the_folder(
    make_napari_viewer: Viewers, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ended_job("failed", "no luck.")
    dock = open_dock(make_napari_viewer(show=True))
    qtbot.waitUntil(lambda: dock.report.isEnabled(), timeout=10_000)
    file = tmp_path / "report.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    click(dock.report)
    qtbot.waitUntil(lambda: str(file) in dock.messages.text, timeout=10_000)
    assert zipfile.is_zipfile(file)
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    click(dock.open)
    assert [Path(one) for one in opened] == [job.path.resolve()]


def test_the_table_sorts_and_keeps_its_selection(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    jobs = [ended_job(ending) for ending in ("finished", "cancelled", "failed")]
    dock = open_dock(make_napari_viewer(show=True))
    qtbot.waitUntil(lambda: dock.table.model().rowCount() == 3, timeout=10_000)
    assert selected(dock) == jobs[-1].path.name, "the newest"
    dock.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [cell(dock, row, 1) for row in range(3)] == ["cancelled", "failed", "finished"]
    click_row(qtbot, dock, 0)
    assert selected(dock) == jobs[1].path.name
    assert dock.presenter.selected is not None
    assert dock.presenter.selected.folder.path == jobs[1].path
    ended_job("cancelled")
    qtbot.waitUntil(lambda: dock.table.model().rowCount() == 4, timeout=10_000)
    assert selected(dock) == jobs[1].path.name
    assert [cell(dock, row, 1) for row in range(4)] == ["cancelled", "cancelled", "failed", "finished"]


def test_every_control_has_a_name_and_a_tooltip_and_tab_reaches_it(make_napari_viewer: Viewers) -> None:
    dock = open_dock(make_napari_viewer())
    kinds = (QAbstractButton, QComboBox, QSlider)
    controls = [one for kind in kinds for one in dock.findChildren(kind)]
    ours = [
        one
        for one in controls
        if not isinstance(one.parent(), QComboBox | QTabBar | QTableWidget)
        and type(one).__name__ not in ("QTableCornerButton", "QAbstractButton", "QToolButton")
    ]
    assert len(ours) >= 9
    for one in ours:
        shown = one.text() if isinstance(one, QAbstractButton) else one.accessibleName()
        assert shown or one.accessibleName(), one
        assert one.toolTip(), shown
        assert one.focusPolicy() & Qt.FocusPolicy.TabFocus, shown


def test_nothing_is_cut_off_in_a_small_window(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    for _ in range(30):
        ended_job("failed", "/a/long/path/to/an/image.png: it was there before and is gone; put it back.")
    dock = open_dock(viewer)
    qtbot.waitUntil(lambda: dock.table.model().rowCount() == 30, timeout=10_000)
    qtbot.wait(100)
    assert viewer.window._qt_window.height() <= 800  # noqa: SLF001
    for one in (*dock.findChildren(QPushButton), dock.tabs, dock.sentence):
        if one.isVisible():
            place = one.mapTo(dock, QPoint(0, 0))
            assert place.x() >= 0
            assert place.x() + one.width() <= dock.width(), one
            assert one.width() >= one.minimumSizeHint().width(), one
            assert place.y() + one.height() <= dock.height(), one


def test_nobody_looks_at_the_disk_for_a_tab_behind_another(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.window.add_dock_widget(ProjectDock(PublicOnlyProxy(viewer)), name="Project")
    dock = JobsDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Jobs", tabify=True)
    qtbot.wait(500)  # tabs are made when the window is laid out
    viewer.window.dock_widgets["Project"].parent().raise_()
    qtbot.wait(1500)
    ended_job()
    qtbot.wait(2500)
    assert dock.presenter.rows == []
    dock.parent().raise_()
    qtbot.waitUntil(lambda: len(dock.presenter.rows) == 1, timeout=5000)


def test_closing_the_window_ends_the_looking(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    ended_job()
    qtbot.waitUntil(lambda: len(dock.presenter.rows) == 1, timeout=10_000)
    began = time.monotonic()
    viewer.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which a loop would do next
    assert time.monotonic() - began < 6
    qtbot.wait(1500)


def test_opening_the_dock_loads_no_torch() -> None:
    code = (
        "import sys, napari; from labelbridge.plugin.widgets.jobs import JobsDock; "
        "viewer = napari.Viewer(show=False); viewer.window.add_dock_widget(JobsDock(viewer)); "
        "print(sorted({'torch', 'nnunetv2'} & set(sys.modules))); viewer.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.full
def test_a_translator_is_trained_seen_and_chosen(make_napari_viewer: Viewers, qtbot: QtBot) -> None:
    settings = {
        "labeled": str(SAMPLES / "tem_labeled"),
        "unlabeled": str(SAMPLES / "sem_unlabeled"),
        "preset": "tiny",
        "device": "cpu",
    }
    job = JobStore().new_job(JobSpec.of("train-translator", settings))
    RUNNERS["local"]().submit(job)
    dock = open_dock(make_napari_viewer(show=True))
    qtbot.waitUntil(lambda: dock.sentence.text().startswith("Finished."), timeout=600_000)
    assert "score" in dock.presenter.details.curves
    show_tab(qtbot, dock, "Previews")
    qtbot.waitUntil(lambda: dock.presenter.picture is not None, timeout=10_000)
    show_tab(qtbot, dock, "Checkpoints")
    table = dock.checkpoints.table
    assert table.rowCount() > 1
    assert text(table, 0, 2) == "result"
    click_cell(qtbot, table, 1)
    click(dock.checkpoints.use)
    click(button_of(dock, "Use it"))
    qtbot.waitUntil(lambda: text(table, 1, 2) == "result", timeout=10_000)


def open_dock(viewer: Any) -> JobsDock:
    """The dock as napari makes it: with a viewer that keeps what is private to itself."""
    dock = JobsDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Jobs")
    return dock


def shown_points(dock: JobsDock) -> int:
    """Return how many points the plot draws."""
    steps, _ = dock.curves._line.getData()  # noqa: SLF001
    return 0 if steps is None else len(steps)


def brightness(dock: JobsDock) -> int:
    """Return the grey of the preview that is shown."""
    pixmap = dock.previews.picture.pixmap()
    if pixmap.isNull():
        return -1
    return int(pixmap.toImage().pixelColor(pixmap.width() // 2, pixmap.height() // 2).red())


def show_tab(qtbot: QtBot, dock: JobsDock, title: str) -> None:
    bar = dock.tabs.tabBar()
    number = next(number for number in range(bar.count()) if bar.tabText(number) == title)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(number).center())
    assert dock.tabs.currentIndex() == number


def click_row(qtbot: QtBot, dock: JobsDock, row: int) -> None:
    place = dock.table.visualRect(dock.table.model().index(row, 0)).center()
    qtbot.mouseClick(dock.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def click_cell(qtbot: QtBot, table: QTableWidget, row: int) -> None:
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def cell(dock: JobsDock, row: int, column: int) -> str:
    return str(dock.table.model().index(row, column).data())


def text(table: QTableWidget, row: int, column: int) -> str:
    item = table.item(row, column)
    return item.text() if item is not None else ""


def selected(dock: JobsDock) -> str:
    rows = dock.table.selectionModel().selectedRows()
    return str(rows[0].data()) if rows else ""
