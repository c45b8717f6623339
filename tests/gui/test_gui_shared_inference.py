"""The Bootstrap and the Project dock share one inference process, in a real window with the small sample model."""

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
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QPushButton

from heartbeat import tiled_sem
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io.project import Project, add_images
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.widgets import BootstrapDock, ProjectDock

SEM = sample_data_folder() / "sem_unlabeled" / "sub-s1" / "micr" / "sub-s1_sample-01_SEM.png"
TUTORED = sample_data_folder() / "models" / "tutored"
CLOSES_WITHIN_S = 2 * 3.0
"""Twice what is promised: other work on the machine comes in between."""

CANCELS_WITHIN_S = 2.0

Docks = tuple[Any, BootstrapDock, ProjectDock]


@pytest.fixture
def docks(make_napari_viewer: Callable[..., Any], qtbot: QtBot, tmp_path: Path, monkeypatch: Any) -> Docks:
    """Both docks as napari makes them, with an image and a project of two."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    BootstrapChoices(model=TUTORED).save()
    pixels = np.asarray(PillowImage.open(SEM))
    (tmp_path / "images").mkdir()
    for name, part in (("a", pixels[:256, :256]), ("b", pixels[256:, 256:])):
        PillowImage.fromarray(part).save(tmp_path / "images" / f"{name}.png")
    add_images(Project.create(tmp_path / "project"), [tmp_path / "images"])
    viewer = make_napari_viewer()
    viewer.add_image(pixels[:256, 256:], name="sem")
    bootstrap = BootstrapDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(bootstrap, name="Bootstrap")
    project = ProjectDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(project, name="Project", tabify=True)
    project.presenter.open(tmp_path / "project")
    qtbot.waitUntil(lambda: project.batch.is_open and not project.presenter.is_busy, timeout=10_000)
    return viewer, bootstrap, project


def test_both_docks_use_one_process_which_ends_with_the_last(
    docks: Docks, qtbot: QtBot, threads: Callable[[], list[threading.Thread]]
) -> None:
    viewer, bootstrap, project = docks
    click(qtbot, bootstrap.run)
    finish(qtbot, bootstrap.presenter)
    assert "sem axon" in viewer.layers, bootstrap.messages.text
    (child,) = children()
    click(qtbot, project.bootstrap.all)
    finish(qtbot, project.batch)
    assert "Images with new masks: 2 of 2." in project.bootstrap.messages.text
    assert children() == [child]
    viewer.window.remove_dock_widget(bootstrap)
    assert children() == [child]
    project.images.table.selectAll()
    click(qtbot, project.bootstrap.some)
    finish(qtbot, project.batch)
    assert "Images with new masks: 2 of 2." in project.bootstrap.messages.text
    assert children() == [child]
    viewer.window.remove_dock_widget(project)
    assert not children()
    assert not threads()
    for dock in (bootstrap, project):
        dock.deleteLater()


def test_who_comes_second_waits_and_cancels_only_itself(docks: Docks, qtbot: QtBot) -> None:
    viewer, bootstrap, project = docks
    viewer.layers.clear()
    viewer.add_image(tiled_sem(2048), name="large")
    click(qtbot, bootstrap.run)
    qtbot.waitUntil(lambda: bool(children()), timeout=60_000)
    click(qtbot, project.bootstrap.all)
    qtbot.waitUntil(lambda: "until the Bootstrap dock is done" in project.bootstrap.progress.line.text, timeout=10_000)
    click(qtbot, project.bootstrap.progress.cancel)
    began = time.monotonic()
    finish(qtbot, project.batch)
    assert time.monotonic() - began < CANCELS_WITHIN_S
    assert bootstrap.presenter.is_busy
    assert not bootstrap.presenter.is_cancelling
    click(qtbot, project.bootstrap.all)
    qtbot.waitUntil(lambda: "until the Bootstrap dock is done" in project.bootstrap.progress.line.text, timeout=10_000)
    click(qtbot, bootstrap.cancel)
    began = time.monotonic()
    finish(qtbot, bootstrap.presenter)
    assert time.monotonic() - began < CANCELS_WITHIN_S
    assert project.batch.is_busy
    finish(qtbot, project.batch)
    assert "Images with new masks: 2 of 2." in project.bootstrap.messages.text
    assert len(children()) == 1


def test_closing_the_window_while_one_runs_and_one_waits(
    docks: Docks, qtbot: QtBot, threads: Callable[[], list[threading.Thread]]
) -> None:
    viewer, bootstrap, project = docks
    viewer.layers.clear()
    viewer.add_image(tiled_sem(2048), name="large")
    click(qtbot, bootstrap.run)
    qtbot.waitUntil(lambda: bool(children()), timeout=60_000)
    click(qtbot, project.bootstrap.all)
    qtbot.waitUntil(lambda: "until the Bootstrap dock is done" in project.bootstrap.progress.line.text, timeout=10_000)
    began = time.monotonic()
    viewer.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which a loop would do next
    qtbot.waitUntil(lambda: not (threads() or children()), timeout=10_000)
    assert time.monotonic() - began < CLOSES_WITHIN_S


def test_another_window_has_a_process_of_its_own(docks: Docks, make_napari_viewer: Callable[..., Any]) -> None:
    _, bootstrap, project = docks
    assert bootstrap.seat is not None
    assert bootstrap.seat.shared is project.seat.shared
    other = BootstrapDock(make_napari_viewer())
    assert other.seat is not None
    assert other.seat.shared is not bootstrap.seat.shared
    other.deleteLater()


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def finish(qtbot: QtBot, presenter: Any) -> None:
    """Wait until nothing runs."""
    qtbot.waitUntil(lambda: not presenter.is_busy, timeout=120_000)


def children() -> list[psutil.Process]:
    """The inference processes of this process."""
    return [one for one in psutil.Process().children(recursive=True) if "labelbridge.bootstrap.server" in one.cmdline()]
