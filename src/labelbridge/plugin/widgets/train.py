"""The Train dock: from two folders to masks of a new modality, and from corrected masks to a better model."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from labelbridge.doctor.torch_probe import look_at_torch
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.retrain import RetrainPresenter
from labelbridge.plugin.presenters.sharedinference import Seat
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.train import TrainPresenter
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.jobs import JobsDock
from labelbridge.plugin.widgets.neighbours import dock_of, open_dock, take_seat
from labelbridge.plugin.widgets.project import ProjectDock
from labelbridge.plugin.widgets.retrain import RetrainPage
from labelbridge.plugin.widgets.trainpage import TrainPage
from labelbridge.plugin.workers import TaskWorker, close_workers

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["TrainDock"]


class TrainDock(QWidget):
    """A page for each kind of training; the jobs that they begin are shown in the Jobs dock.

    Parameters
    ----------
    napari_viewer
        The window's viewer.

    Attributes
    ----------
    seat
        At the process that computes for all docks of the window.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.seat = take_seat(napari_viewer, "the Train dock")
        workers = [TaskWorker() for _ in range(4)]
        acting, looking, probing, retraining = workers
        self.presenter = TrainPresenter(acting, looking, probing, self.seat, read_preferences, look_at_torch)
        self.retrain_presenter = RetrainPresenter(retraining, read_preferences, partial(_open_project, napari_viewer))
        self.page = TrainPage(self.presenter, lambda: self.seat.device)
        self.retrain_page = RetrainPage(self.retrain_presenter)
        self.tabs = self._make_tabs()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.tabs)
        for presenter in (self.presenter, self.retrain_presenter):
            presenter.started.connect(self._show_job)
        presenters = (self.presenter, self.presenter.look, self.retrain_presenter)
        at_end_of(self, partial(_end, presenters, workers, self.seat))

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setAccessibleName("What to train")
        tabs.setUsesScrollButtons(False)
        for page, title, tooltip in (
            (self.page, "New modality", "From labelled images of one modality to masks of another."),
            (self.retrain_page, "Corrected masks", "A model learns from masks that you have corrected."),
        ):
            tabs.setTabToolTip(tabs.addTab(page, title), tooltip)
        return tabs

    def _show_job(self, folder: Path) -> None:
        """Show a job that has begun in the Jobs dock."""
        dock = open_dock(self._viewer, JobsDock, "Jobs")
        dock.presenter.await_job(folder)
        dock.messages.clear()
        dock.messages.say(f"'{folder.name}' has begun and goes on when napari is closed.")


def _open_project(viewer: "Viewer") -> Path | None:
    """Return the folder of the project that is open in the window, or None."""
    dock = dock_of(viewer, ProjectDock)
    opened = dock.presenter.opened if dock else None
    return opened.project.folder if opened else None


def _end(presenters: Sequence[TaskPresenter], workers: Sequence[TaskWorker], seat: Seat) -> None:
    """Let go of all that outlives the dock: who listens, process and threads."""
    for presenter in presenters:
        presenter.forget_listeners()
    for worker in workers:
        worker.cancel()
    seat.leave()
    close_workers(workers)
