"""The page for corrected masks, with real clicks: from a project to the job."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QAbstractButton, QComboBox
from scipy import ndimage

from hands import click
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining.found import VerifiedFound, look_at_corrected
from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.core import AXON, MYELIN, LabelMap, Reporter
from labelbridge.io import find_masks, read_label_map
from labelbridge.io.project import Project, add_images, save_masks
from labelbridge.jobs import RUNNERS, JobFolder, LocalRunner
from labelbridge.plugin.presenters import retrain as module
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.retrain import RetrainPresenter
from labelbridge.plugin.widgets import ProjectDock, RefineDock
from labelbridge.plugin.widgets.retrain import RetrainPage
from labelbridge.plugin.workers import TaskWorker
from mousestrokes import Mouse

SEM, TRUTH = (sample_data_folder() / name for name in ("sem_unlabeled", "truth/sem_unlabeled"))
SPOILT = range(10, 70, 10)


@pytest.fixture(autouse=True)
def submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[JobFolder]:
    """The jobs that were handed over; none runs."""
    jobs: list[JobFolder] = []

    class Place(LocalRunner):
        def submit(self, folder: JobFolder) -> None:
            jobs.append(folder)

    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(RUNNERS, "local", Place)
    return jobs


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one image with masks that nobody has looked at: true ones, but for some axons that are too small."""
    made = Project.create(tmp_path / "nerve")
    (image,) = add_images(made, [next(SEM.rglob("*s1*.png"))])
    labels = read_label_map(find_masks(TRUTH)[image.name])
    numbers, _ = ndimage.label(labels.mask(AXON))
    depth = ndimage.distance_transform_edt(numbers > 0)
    rim = np.isin(numbers, SPOILT) & (depth < 5)
    spoilt = LabelMap(np.where(rim, np.uint8(labels.classes.value(MYELIN)), labels.data), labels.classes)
    save_masks(made, image.name, spoilt, state="bootstrapped")
    return made


@pytest.fixture
def page(qtbot: QtBot, project: Project) -> Iterator[RetrainPage]:
    worker = TaskWorker()
    made = RetrainPage(RetrainPresenter(worker, lambda: Preferences.of({}), lambda: project.folder))
    qtbot.addWidget(made)
    made.resize(400, 700)
    made.show()
    yield made
    worker.cancel()
    worker.close()


def test_masks_that_somebody_has_verified_become_a_job(
    qtbot: QtBot, page: RetrainPage, project: Project, submitted: list[JobFolder]
) -> None:
    qtbot.waitUntil(lambda: page.form.found.text() == "Nothing is verified yet.", timeout=20_000)
    assert "No fibre is verified" in page.hint.text()
    assert not page.retrain.isEnabled()
    project.update_image(project.rows()[0].name, state="done")
    click(page.again)
    qtbot.waitUntil(page.retrain.isEnabled, timeout=60_000)
    assert "in 1 image, 1 of them as a whole: 100 % of the pixels." in page.form.found.text()
    assert page.hint.isHidden()
    click(page.retrain)
    qtbot.waitUntil(lambda: len(submitted) == 1, timeout=20_000)
    qtbot.waitUntil(lambda: "The Jobs dock shows how it gets on" in page.messages.text, timeout=20_000)
    settings = submitted[0].spec().settings
    assert settings["project"] == str(project.folder)
    assert settings["model"] == str(page.form.model.currentData() or page.form.model.values[0])


def test_exports_are_another_source(qtbot: QtBot, page: RetrainPage) -> None:
    form = page.form
    assert form.project.isVisible()
    assert not form.corrected.isVisible()
    form.source.setCurrentIndex(1)
    form.source.activated.emit(1)
    assert form.corrected.isVisible()
    assert not form.project.isVisible()
    assert page.hint.text() == "Choose the folder of exported masks."
    assert not page.again.isEnabled()
    click(form.verified)
    assert page.form.verified.isChecked()


def test_each_control_says_what_it_is_for(page: RetrainPage) -> None:
    asked = [*page.findChildren(QAbstractButton), *page.findChildren(QComboBox)]
    assert len(asked) > 10
    assert all(one.toolTip() for one in asked), [one for one in asked if not one.toolTip()]
    assert all(box.accessibleName() for box in page.findChildren(QComboBox))


def test_nothing_is_looked_at_behind_another_tab(
    qtbot: QtBot, page: RetrainPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: page.form.found.text() == "Nothing is verified yet.", timeout=20_000)
    looks: list[RetrainTask] = []

    def look(task: RetrainTask, _: Reporter) -> VerifiedFound:
        looks.append(task)
        return VerifiedFound(images=3)

    monkeypatch.setattr(module, "look_at_corrected", look)
    page.hide()
    qtbot.wait(900)
    assert not looks
    page.show()
    qtbot.waitUntil(lambda: "in 3 images" in page.form.found.text(), timeout=20_000)
    assert len(looks) == 1


def test_what_is_accepted_and_painted_in_the_window_counts(
    make_napari_viewer: Callable[..., Any], qtbot: QtBot, project: Project, tmp_path: Path
) -> None:
    viewer = make_napari_viewer(show=True)
    docks = ProjectDock(PublicOnlyProxy(viewer)), RefineDock(PublicOnlyProxy(viewer))
    for dock, name in zip(docks, ("Project", "Refine"), strict=True):
        viewer.window.add_dock_widget(dock, name=name)
    viewer.window.resize(1280, 800)
    projects, refine = docks
    name = project.rows()[0].name
    projects.presenter.open(project.folder)
    qtbot.waitUntil(lambda: bool(projects.presenter.rows) and not projects.presenter.is_busy, timeout=30_000)
    projects.presenter.open_image(name)
    qtbot.waitUntil(lambda: projects.presenter.shows_current and not projects.presenter.is_busy, timeout=30_000)
    click(refine.start.start)
    qtbot.waitUntil(lambda: refine.presenter.counts() is not None, timeout=60_000)

    task = RetrainTask(model=sample_data_folder() / "models" / "tutored", project=project.folder)
    assert look_at_corrected(task, Reporter()).fibres == 0
    kinds: list[str] = []
    while kinds.count("fibre") < 3:
        before = refine.presenter.place
        refine.presenter.next()
        qtbot.waitUntil(lambda before=before: refine.presenter.place is not before, timeout=10_000)
        kinds.append(refine.presenter.place.kind)
        refine.presenter.accept()
    qtbot.waitUntil(lambda: look_at_corrected(task, Reporter()).fibres == 3, timeout=20_000)
    accepted = look_at_corrected(task, Reporter())
    axon = viewer.layers[f"{name} axon"]
    Mouse(viewer, axon).stroke([(100, 100), (100, 160)])
    projects.presenter.save()
    qtbot.waitUntil(lambda: not projects.presenter.is_busy, timeout=30_000)
    assert project_state(project.folder, name) == "in correction"

    def counts_more() -> bool:
        found = look_at_corrected(task, Reporter())
        return found.images == 1 and found.share > accepted.share

    qtbot.waitUntil(counts_more, timeout=20_000)
    Mouse(viewer, axon).stroke([(200, 100), (200, 160)])
    projects.presenter.close()
    refine.refining.close()
    left_out = look_at_corrected(task, Reporter())
    assert left_out.images == 0, "painted since, and not saved"
    assert "its saved masks are not as a correction has left them" in left_out.notes[0]


def project_state(folder: Path, name: str) -> str:
    return Project.open(folder).image(name).state
