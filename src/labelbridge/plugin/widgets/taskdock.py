"""What docks have in common that look at the layers and do one long task after the other: Bootstrap and Export."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.sharedinference import Seat
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Progress
from labelbridge.plugin.viewer import Links
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.progressline import ProgressLine
from labelbridge.plugin.workers import TaskWorker

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["TaskDock"]


class TaskDock(QWidget):
    """Cancel, progress and messages of a presenter's tasks; a dock adds the rest, and calls `_lay_out` and `_follow`.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    cancel_tooltip
        What Cancel does.

    Attributes
    ----------
    seat
        At the process that computes for all docks of the window; None where the dock needs none.
    """

    def __init__(self, napari_viewer: "Viewer", cancel_tooltip: str) -> None:
        super().__init__()
        self._viewer, self._links, self._worker = napari_viewer, Links(), TaskWorker()
        self.seat: Seat | None = None
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip(cancel_tooltip)
        self.cancel.setAutoDefault(False)
        self.progress = ProgressLine()
        self.messages = Messages()

    def _lay_out(self, form: QWidget, *buttons: QWidget) -> None:
        """Put the form on top, where it scrolls, and progress and messages below the buttons."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(form), 1)
        for part in (*buttons, self.progress, self.messages):
            layout.addWidget(part)

    def _follow(self, presenter: TaskPresenter, look: Callable[[object], object]) -> None:
        """Show what a presenter tells, and let go of all that outlives the dock when it goes.

        Parameters
        ----------
        presenter
            Has its tasks done by this dock's worker.
        look
            Called where layers were added, removed, renamed or moved.
        """
        self._presenter = presenter
        presenter.changed.connect(self._show)
        presenter.progressed.connect(self._progressed)
        presenter.said.connect(self.messages.say)
        presenter.failed.connect(self.messages.fail)
        self.cancel.clicked.connect(lambda *_: presenter.cancel())
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered, events.renamed):
            self._links.connect(event, look)
        at_end_of(self, partial(_end, self._links, presenter, self._worker, self.seat))
        self._show()

    def _show(self) -> None:
        """Show what is chosen, what is missing, and whether something runs."""
        busy = self._presenter.is_busy
        self.cancel.setEnabled(busy and not self._presenter.is_cancelling)
        if busy and self.progress.isHidden():
            self.messages.clear()
            self.progress.begin()
        elif not busy:
            self.progress.hide()

    def _progressed(self, progress: Progress) -> None:
        self.progress.show_progress(progress, self.seat.device if self.seat else None)


def _end(links: Links, presenter: TaskPresenter, worker: TaskWorker, seat: Seat | None) -> None:
    """Let go of all that outlives the dock: events, process and thread."""
    links.release()
    presenter.changed.disconnect()
    worker.cancel()
    if seat is not None:
        seat.leave()
    worker.close()
