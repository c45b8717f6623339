"""The Train dock in a real window, with real clicks."""

import subprocess
import sys
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
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QTabBar,
)

from hands import button_of, choose_in_list, click
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.sets.found import SetFound, SetsFound
from labelbridge.bootstrap.trial.forecast import StageTime, Trial
from labelbridge.core import BACKGROUND, ClassMap, LabelMap, Prediction, Reporter
from labelbridge.doctor.torch_probe import TorchFacts
from labelbridge.io import find_images, make_provenance, read_image, write_result
from labelbridge.jobs import RUNNERS, JobFolder, JobSpec, JobStatus, JobStore, LocalRunner
from labelbridge.plugin.viewer import class_layers, image_layers
from labelbridge.plugin.widgets import JobsDock, ProjectDock, TrainDock, neighbours
from labelbridge.plugin.widgets import train as train_dock

Viewers = Callable[..., Any]
SAMPLES = sample_data_folder()
L, U = SAMPLES / "tem_labeled", SAMPLES / "sem_unlabeled"
PICTURE = np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(256, 256)
LABELS = np.zeros((256, 256), np.uint8)
LABELS[80:180, 80:180] = 1
TRIAL = Trial("cpu", (StageTime("training", 600.0),), 2, 3, "about 10 minutes (8 to 20) on this computer's CPU")


class Client:
    """Finds at once what it is told to find."""

    device = "cpu"
    problems: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.is_closed = False

    def look_at_sets(self, task: Any, reporter: Reporter) -> SetsFound:
        self._wait("look", reporter)
        labeled = SetFound(
            task.labeled,
            images=4,
            labels=4,
            classes=("axon", "myelin"),
            pixel_sizes_um=(0.005,),
            sample=PICTURE,
            sample_labels=LABELS,
        )
        unlabeled = SetFound(task.unlabeled, images=50, sample=PICTURE)
        return SetsFound(labeled, unlabeled, ("Fibres are a quarter as large.",), self.problems)

    def try_training(self, task: Any, reporter: Reporter) -> Trial:
        self._wait("try", reporter)
        return TRIAL

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    def _wait(self, what: str, reporter: Reporter) -> None:
        self.asked.append(what)
        while not self.may_answer.wait(0.01):
            reporter.checkpoint()


class Place(LocalRunner):
    """Only notes what it is handed."""

    submitted: list[JobFolder]

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """What all docks share that are opened; nothing is computed, and no process asks torch."""
    made = Client()
    monkeypatch.setattr(neighbours, "InferenceClient", lambda: made)
    monkeypatch.setattr(train_dock, "look_at_torch", lambda: TorchFacts())
    yield made
    made.may_answer.set()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> type[Place]:
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setitem(RUNNERS, "local", Place)
    return Place


def test_from_two_folders_to_a_job_by_clicks(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, place: type[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    page = dock.page
    assert not page.start.isEnabled()
    assert page.hint.text() == "Choose the folder of labelled images."
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(lambda: bool(page.estimate.text()) and not page.cancel.isEnabled(), timeout=10_000)
    assert client.asked == ["look", "try"]
    assert page.estimate.text() == f"Expected: {TRIAL.sentence}."
    assert page.form.found.comparison.text() == "Fibres are a quarter as large."
    assert page.form.found.pictures.isVisible()
    choose_in_list(page.form.goal, [value[0] for value in page.form.goal.values].index("translator and masks"))
    choose_in_list(page.form.speed, page.form.speed.values.index("tiny"))
    qtbot.waitUntil(lambda: page.start.isEnabled() and bool(page.estimate.text()), timeout=10_000)
    click(page.start)
    qtbot.waitUntil(lambda: len(place.submitted) == 1, timeout=10_000)
    (job,) = place.submitted
    settings = job.spec().settings
    assert (settings["labeled"], settings["unlabeled"]) == (str(L), str(U))
    assert (settings["preset"], settings["translator_preset"]) == ("tiny", "tiny")
    qtbot.waitUntil(lambda: dock_in(viewer, JobsDock) is not None, timeout=10_000)
    assert "goes on when napari is closed" in page.messages.text
    jobs = dock_in(viewer, JobsDock)
    qtbot.waitUntil(lambda: selected(jobs) == job.path, timeout=10_000)
    assert "goes on when napari is closed" in jobs.messages.text
    assert viewer.window.dock_widgets["Jobs (LabelBridge)"] is not None


def test_a_second_job_is_selected_though_the_first_was(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, place: type[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    choose_folders(qtbot, dock, monkeypatch)
    for number in (1, 2):
        raise_dock(dock)
        qtbot.waitUntil(lambda: dock.page.start.isEnabled(), timeout=10_000)
        click(dock.page.start)
        qtbot.waitUntil(lambda number=number: len(place.submitted) == number, timeout=10_000)
        job = place.submitted[-1].path
        qtbot.waitUntil(lambda job=job: selected(dock_in(viewer, JobsDock)) == job, timeout=10_000)
    assert len([one for one in viewer.window.dock_widgets.values() if isinstance(one, JobsDock)]) == 1


def test_what_is_wrong_is_said_and_nothing_can_be_started(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.problems = ("sem: got no image, expected some of the new modality; choose another folder.",)
    dock = open_dock(make_napari_viewer(show=True))
    page = dock.page
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(lambda: page.form.found.problems.isVisible(), timeout=10_000)
    assert page.form.found.problems.text() == client.problems[0]
    assert not page.start.isEnabled()
    assert page.hint.text().startswith(client.problems[0])
    client.problems = ()
    click(page.again)
    qtbot.waitUntil(page.start.isEnabled, timeout=10_000)
    assert page.form.found.problems.isHidden()


def test_looking_can_be_cancelled_and_taken_up_again(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.may_answer.clear()
    dock = open_dock(make_napari_viewer(show=True))
    page = dock.page
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(page.cancel.isEnabled, timeout=10_000)
    assert page.progress.isVisible()
    click(page.cancel)
    qtbot.waitUntil(page.again.isEnabled, timeout=10_000)
    assert "Look again" in page.hint.text()
    qtbot.wait(1000)
    assert client.asked == ["look"], "who has cancelled is left in peace"
    client.may_answer.set()
    click(page.again)
    qtbot.waitUntil(page.start.isEnabled, timeout=10_000)


def test_advanced_settings_reach_the_job(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, place: type[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = open_dock(make_napari_viewer(show=True))
    page = dock.page
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(page.start.isEnabled, timeout=10_000)
    click(page.form.advanced.toggleButton())
    assert "preset" not in page.form.settings.inputs
    spin = page.form.settings.inputs["styled_images"].widget
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "12")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    qtbot.waitUntil(page.start.isEnabled, timeout=10_000)
    click(page.start)
    qtbot.waitUntil(lambda: len(place.submitted) == 1, timeout=10_000)
    assert place.submitted[0].spec().settings["styled_images"] == 12


def test_nothing_is_looked_at_for_a_tab_behind_another(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client
) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    viewer.window.add_dock_widget(ProjectDock(PublicOnlyProxy(viewer)), name="Project", tabify=True)
    qtbot.wait(500)  # tabs are made when the window is laid out
    raise_dock(viewer.window.dock_widgets["Project"])
    qtbot.wait(500)
    dock.presenter.choose(labeled=L, unlabeled=U)
    qtbot.wait(1500)
    assert client.asked == []
    raise_dock(dock)
    qtbot.waitUntil(dock.page.start.isEnabled, timeout=10_000)


def test_every_control_has_a_name_and_a_tooltip_and_tab_reaches_it(make_napari_viewer: Viewers, client: Client) -> None:
    dock = open_dock(make_napari_viewer())
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)
    controls = [
        one
        for kind in kinds
        for one in dock.findChildren(kind)
        if not isinstance(one.parent(), QTabBar | QAbstractSpinBox) and not getattr(one, "isReadOnly", bool)()
    ]
    assert len(controls) > 20
    for one in controls:
        text = one.text() if isinstance(one, QAbstractButton) else one.accessibleName()
        assert text or one.accessibleName(), one
        assert one.toolTip(), text
        assert one.focusPolicy() & Qt.FocusPolicy.TabFocus, text


def test_nothing_is_cut_off_in_a_small_window(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    client.problems = ("/a/long/path/to/the/images/of/sem: got no image that can be read; choose another folder.",)
    dock = open_dock(viewer)
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(lambda: dock.page.form.found.problems.isVisible(), timeout=10_000)
    for number in range(dock.tabs.count()):
        dock.tabs.setCurrentIndex(number)
        qtbot.wait(200)
        assert viewer.window._qt_window.height() <= 800  # noqa: SLF001
        for one in dock.findChildren(QPushButton):
            if one.isVisible():
                left = one.mapTo(dock, QPoint(0, 0)).x()
                assert left >= 0
                assert left + one.width() <= dock.width(), one.text()
                assert one.width() >= one.minimumSizeHint().width(), one.text()
        bar = dock.tabs.tabBar()
        assert bar.tabRect(bar.count() - 1).right() <= bar.width()


def test_closing_the_window_lets_go_of_all(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = make_napari_viewer(show=True)
    dock = open_dock(viewer)
    client.may_answer.clear()
    choose_folders(qtbot, dock, monkeypatch)
    qtbot.waitUntil(lambda: client.asked == ["look"], timeout=10_000)
    began = time.monotonic()
    viewer.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which a loop would do next
    assert time.monotonic() - began < 6
    assert client.is_closed
    qtbot.wait(1000)


def test_opening_the_dock_loads_no_torch() -> None:
    code = (
        "import sys, napari; from labelbridge.plugin.widgets.train import TrainDock; "
        "viewer = napari.Viewer(show=False); viewer.window.add_dock_widget(TrainDock(viewer)); "
        "print(sorted({'torch', 'nnunetv2'} & set(sys.modules))); viewer.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_masks_of_a_finished_job_open_as_a_project(
    make_napari_viewer: Viewers, qtbot: QtBot, client: Client, tmp_path: Path
) -> None:
    images = tmp_path / "sem"
    images.mkdir()
    (file,) = find_images(U)[:1]
    (images / file.name).write_bytes(file.read_bytes())
    job = finished_tutorship(images)
    viewer = make_napari_viewer(show=True)
    dock = JobsDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Jobs")
    qtbot.waitUntil(dock.masks.isEnabled, timeout=10_000)
    click(dock.masks)
    qtbot.waitUntil(lambda: "Open the masks as the project" in dock.messages.text, timeout=10_000)
    click(button_of(dock, "Open"))
    qtbot.waitUntil(lambda: len(image_layers(viewer)) == 1, timeout=20_000)
    (image,) = image_layers(viewer)
    qtbot.waitUntil(lambda: set(class_layers(viewer, image)) == {"axon", "myelin"}, timeout=10_000)
    assert class_layers(viewer, image)["axon"].data.sum() == 50 * 50
    project = dock_in(viewer, ProjectDock)
    assert project.presenter.current == image.name
    assert project.presenter.opened.project.folder == tmp_path / "sem project"
    assert job.result.is_dir()


def finished_tutorship(images: Path) -> JobFolder:
    """A job that has made masks with a square axon."""
    folder = JobStore().new_job(JobSpec.of("tutorship", {"labeled": str(L), "unlabeled": str(images)}))
    folder.result.mkdir()
    for file in find_images(images):
        image = read_image(file)
        labels = np.zeros(image.shape, np.uint8)
        labels[50:100, 50:100] = 1
        labels[100:120, 50:100] = 2
        masks = LabelMap(labels, ClassMap((BACKGROUND, "axon", "myelin")))
        prediction = Prediction(masks, np.zeros(image.shape, np.float32))
        record = make_provenance([image])
        write_result(prediction, image, folder.result / "masks", provenance=record, overwrite=False)
    folder.write_status(JobStatus().ended("finished"))
    return folder


def open_dock(viewer: Any) -> TrainDock:
    """The dock as napari makes it: with a viewer that keeps what is private to itself."""
    dock = TrainDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Train (LabelBridge)")
    return dock


def dock_in(viewer: Any, kind: type) -> Any:
    return next((dock for dock in viewer.window.dock_widgets.values() if isinstance(dock, kind)), None)


def raise_dock(dock: Any) -> None:
    frame = neighbours.frame_of(dock)
    assert frame is not None
    frame.raise_()


def choose_folders(qtbot: QtBot, dock: TrainDock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose L and U in the dialogs that the buttons open."""
    form = dock.page.form
    for field, folder in ((form.labeled, L), (form.unlabeled, U)):
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, folder=folder: str(folder))
        click(field.button)


def selected(dock: JobsDock | None) -> Path | None:
    info = dock.presenter.selected if dock else None
    return info.folder.path if info else None
