"""A task of the Project dock: how far it is, and the button that stops it."""

from collections.abc import Callable

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Progress
from labelbridge.plugin.widgets.progressline import ProgressLine

__all__ = ["TaskProgress"]

_AFTER_MS = 300
"""What takes less time comes and goes without it."""


class TaskProgress(QWidget):
    """Shows the progress of a presenter's tasks while they run.

    Parameters
    ----------
    presenter
        Whose tasks.
    tooltip
        What the button stops.
    device
        Gives what it is computed on, None where that does not matter.
    """

    def __init__(self, presenter: TaskPresenter, tooltip: str, device: Callable[[], str | None] = lambda: None) -> None:
        super().__init__()
        self._presenter, self._device = presenter, device
        self.line = ProgressLine()
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip(tooltip)
        self.cancel.clicked.connect(lambda *_: presenter.cancel())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        layout.addWidget(self.cancel)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self.show)
        presenter.changed.connect(self.refresh)
        presenter.progressed.connect(self._progressed)
        self.hide()

    def refresh(self) -> None:
        """Come when a task has run for a moment, and go with it."""
        is_busy = self._presenter.is_busy
        self.cancel.setEnabled(is_busy and not self._presenter.is_cancelling)
        if not is_busy:
            self._timer.stop()
            self.hide()
            self.line.hide()
        elif self.line.isHidden():
            self.line.begin()
            self._timer.start()

    def _progressed(self, progress: Progress) -> None:
        self.line.show_progress(progress, self._device())
