"""The Project dock: a folder that remembers images, masks, models and how far one is."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QShowEvent
from qtpy.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from labelbridge.io.project import PROJECT_FILE
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.project import ProjectPresenter
from labelbridge.plugin.presenters.projectbatch import BatchPresenter
from labelbridge.plugin.presenters.sharedinference import Seat
from labelbridge.plugin.projectlayers import ProjectLayers
from labelbridge.plugin.viewer import Links
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.neighbours import frame_of, refinings, take_seat
from labelbridge.plugin.widgets.projectbatch import BatchBox
from labelbridge.plugin.widgets.projectimages import ImagesBox
from labelbridge.plugin.widgets.projectprogress import TaskProgress
from labelbridge.plugin.widgets.projectstart import ProjectStart
from labelbridge.plugin.workers import TaskWorker, close_workers

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from qtpy.QtCore import QMimeData

__all__ = ["ProjectDock"]


class ProjectDock(QWidget):
    """Open a project, bootstrap its images, correct and save them one after the other.

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
        self._links = Links()
        self._frame: QDockWidget | None = None
        files, worker = TaskWorker(), TaskWorker()
        self.seat = take_seat(napari_viewer, "the Project dock")
        self.batch = BatchPresenter(worker, self.seat, read_preferences)
        window = ProjectLayers(napari_viewer, partial(refinings, napari_viewer))
        self.presenter = ProjectPresenter(files, self.batch, window)
        self.start = ProjectStart(self.presenter)
        self.images = ImagesBox(self.presenter)
        self.bootstrap = BatchBox(self.batch, lambda: self.images.table.names)
        self.progress = TaskProgress(self.presenter, "Stop what is being done with the project's files.")
        self.messages = Messages()
        self._rested = True
        self._rest = QTimer(self)  # a task that begins as another ends goes on with that
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._on_rest)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect(napari_viewer)
        at_end_of(self, partial(_end, self._links, self.presenter, (files, worker), self.seat))
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # Qt's name
        """Take files, and folders, where a project is open or comes with them."""
        if event is not None and _paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent | None) -> None:  # Qt's name
        """Take them wherever they are dropped."""
        if event is not None and _paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # Qt's name
        """Open a project that is dropped, and add all else to the one that is open."""
        paths = _paths(event.mimeData()) if event is not None else []
        if event is None or not paths:
            return
        event.acceptProposedAction()
        project = next((path for path in paths if path.name == PROJECT_FILE or (path / PROJECT_FILE).exists()), None)
        if project is not None:
            self.presenter.open(project)
        else:
            self.presenter.add(paths)

    def showEvent(self, event: QShowEvent | None) -> None:  # Qt's name
        """Look at the choices of the Bootstrap dock, which may be others by now; again whenever this tab comes up."""
        frame = frame_of(self)
        if frame is not None and frame is not self._frame:
            self._frame = frame
            frame.visibilityChanged.connect(self._look)
        self._look(True)
        super().showEvent(event)

    def _lay_out(self) -> None:
        content = QWidget()
        boxes = QVBoxLayout(content)
        boxes.setContentsMargins(0, 0, 0, 0)
        boxes.addWidget(self.start)
        boxes.addWidget(self.images, 1)
        boxes.addWidget(self.bootstrap)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(content), 1)
        for part in (self.progress, self.bootstrap.messages, self.messages):
            layout.addWidget(part)

    def _connect(self, viewer: "Viewer") -> None:
        self.presenter.changed.connect(self._show)
        self.presenter.said.connect(self.messages.say)
        self.presenter.failed.connect(self.messages.fail)
        self.presenter.asked.connect(self._ask_to_save)
        self.images.table.selected.connect(self.bootstrap.refresh)
        self._links.connect(viewer.layers.events.removed, self._on_removed)

    def _look(self, is_seen: bool) -> None:
        if is_seen and not self.batch.is_busy:
            self.batch.look()

    def _show(self) -> None:
        if self.presenter.is_busy and self._rested:
            self.messages.clear()
            self._rested = False
        elif not self.presenter.is_busy:
            self._rest.start()
        self.start.refresh()
        self.images.refresh()
        self.bootstrap.refresh()

    def _on_rest(self) -> None:
        self._rested = not self.presenter.is_busy

    def _on_removed(self, event: object) -> None:
        self.images.refresh()

    def _ask_to_save(self, question: str) -> None:
        save = ("Save", "Save the masks as a new version, then go on.", self.presenter.save_first)
        leave = ("Do not save", "Go on; the Refine dock can still restore it.", self.presenter.leave_unsaved)
        stay = ("Stay", "Do not go on.", self.presenter.stay)
        self.messages.ask(question, (save, leave, stay))


def _paths(dropped: "QMimeData | None") -> list[Path]:
    """Return the files and folders that are dropped."""
    urls = dropped.urls() if dropped is not None else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


def _end(links: Links, presenter: ProjectPresenter, workers: tuple[TaskWorker, ...], seat: Seat) -> None:
    """Let go of all that outlives the dock: events, threads, process, and the project's lock."""
    links.release()
    for one in (presenter, presenter.batch):
        one.forget_listeners()
    for worker in workers:
        worker.cancel()
    seat.leave()
    close_workers(workers)
    presenter.close()
