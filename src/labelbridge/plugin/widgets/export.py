"""The Export dock: masks into files, and how good they are."""

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from labelbridge.plugin.bootstraplayers import show_differences
from labelbridge.plugin.exportlayers import ExportLayers
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.evaluating import Evaluation
from labelbridge.plugin.presenters.export import ExportPresenter
from labelbridge.plugin.viewer import Links
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.exportform import EvaluateBox, ExportBox, MasksBox
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.neighbours import refinings
from labelbridge.plugin.widgets.progressline import ProgressLine
from labelbridge.plugin.workers import TaskWorker

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ExportDock"]


class ExportDock(QWidget):
    """Choose masks, write them in formats of other tools, compare them with a truth.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer, self._links = napari_viewer, Links()
        worker = TaskWorker()
        layers = ExportLayers(napari_viewer, partial(refinings, napari_viewer))
        self.presenter = ExportPresenter(worker, layers, read_preferences)
        self.masks = MasksBox(self.presenter)
        self.export = ExportBox(self.presenter)
        self.evaluate = EvaluateBox(self.presenter)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop what runs, within two seconds; nothing is left of an export then.")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(lambda *_: self.presenter.cancel())
        self.progress = ProgressLine()
        self.messages = Messages()
        self._lay_out()
        self._connect()
        at_end_of(self, partial(_end, self._links, self.presenter, worker))
        self._show()

    def _lay_out(self) -> None:
        content = QWidget()
        boxes = QVBoxLayout(content)
        boxes.setContentsMargins(0, 0, 0, 0)
        for box in (self.masks, self.export, self.evaluate):
            boxes.addWidget(box)
        boxes.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(content), 1)
        for part in (self.cancel, self.progress, self.messages):
            layout.addWidget(part)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        presenter.progressed.connect(self.progress.show_progress)
        presenter.said.connect(self.messages.say)
        presenter.failed.connect(self.messages.fail)
        presenter.evaluated.connect(self._evaluated)
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered, events.renamed):
            self._links.connect(event, presenter.refresh)

    def _show(self) -> None:
        """Show what is chosen, what is missing, and whether something runs."""
        busy = self.presenter.is_busy
        for box in (self.masks, self.export, self.evaluate):
            box.show_state()
        self.cancel.setEnabled(busy and not self.presenter.is_cancelling)
        if busy and self.progress.isHidden():
            self.messages.clear()
            self.progress.begin()
        elif not busy:
            self.progress.hide()

    def _evaluated(self, evaluation: Evaluation) -> None:
        self.evaluate.show_scores(evaluation)
        show_differences(self._viewer, evaluation.request.shown.layer, evaluation.errors, "errors")
        self.messages.say("Errors are drawn: orange was missed, green was invented, violet is of another class.")


def _end(links: Links, presenter: ExportPresenter, worker: TaskWorker) -> None:
    """Let go of all that outlives the dock: events and thread."""
    links.release()
    presenter.changed.disconnect()
    worker.close()
