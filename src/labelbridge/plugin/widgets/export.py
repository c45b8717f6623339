"""The Export dock: masks into files, and how good they are."""

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from labelbridge.plugin.bootstraplayers import show_differences
from labelbridge.plugin.exportlayers import ExportLayers
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.evaluating import Evaluation
from labelbridge.plugin.presenters.export import ExportPresenter
from labelbridge.plugin.widgets.exportform import EvaluateBox, ExportBox, MasksBox
from labelbridge.plugin.widgets.neighbours import refinings
from labelbridge.plugin.widgets.taskdock import TaskDock

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ExportDock"]


class ExportDock(TaskDock):
    """Choose masks, write them in formats of other tools, compare them with a truth.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__(napari_viewer, "Stop what runs, within two seconds; nothing is left of an export then.")
        layers = ExportLayers(napari_viewer, partial(refinings, napari_viewer))
        self.presenter = ExportPresenter(self._worker, layers, read_preferences)
        self.masks = MasksBox(self.presenter)
        self.export = ExportBox(self.presenter)
        self.evaluate = EvaluateBox(self.presenter)
        self._boxes = (self.masks, self.export, self.evaluate)
        self._lay_out(_column(*self._boxes), self.cancel)
        self.presenter.evaluated.connect(self._evaluated)
        self._follow(self.presenter, self.presenter.refresh)

    def _show(self) -> None:
        for box in self._boxes:
            box.show_state()
        super()._show()

    def _evaluated(self, evaluation: Evaluation) -> None:
        self.evaluate.show_scores(evaluation)
        show_differences(self._viewer, evaluation.request.shown.layer, evaluation.errors, "errors")
        self.messages.say("Errors are drawn: orange was missed, green was invented, violet is of another class.")


def _column(*boxes: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    for box in boxes:
        layout.addWidget(box)
    layout.addStretch(1)
    return column
