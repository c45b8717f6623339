"""What the Train dock's pages have in common: a form, buttons, progress and messages, and a look when seen."""

from collections.abc import Sequence

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.progressline import ProgressLine

__all__ = ["TrainingPage"]

_LOOK_EVERY_MS = 400
"""So soon after a choice the files are looked at; only while somebody sees the page."""


class TrainingPage(QWidget):
    """Asks for a look at the files while it is seen; a page adds the form and buttons, and calls `_lay_out` last."""

    def __init__(self) -> None:
        super().__init__()
        self._was_seen = False
        self.progress = ProgressLine()
        self.messages = Messages()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def _lay_out(self, form: QWidget, told: Sequence[QWidget], buttons: Sequence[QPushButton]) -> None:
        """Put the form on top, where it scrolls, then what is told, the buttons, progress and messages."""
        row = QHBoxLayout()
        for button in buttons:
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(form), 1)
        for part in told:
            layout.addWidget(part)
        layout.addLayout(row)
        layout.addWidget(self.progress)
        layout.addWidget(self.messages)

    def _follow(self, *presenters: TaskPresenter) -> None:
        """Show what presenters tell, and begin to look."""
        for presenter in presenters:
            presenter.changed.connect(self._show)
            presenter.said.connect(self.messages.say)
            presenter.failed.connect(self.messages.fail)
        self._show()
        self._timer.start()

    def _look(self) -> None:
        is_seen = not self.visibleRegion().isEmpty()
        if is_seen and not self._was_seen:
            self._come_up()
        self._was_seen = is_seen
        if is_seen:
            self._go_on()

    def _come_up(self) -> None:
        """Look at everything anew: the page was not seen until now."""
        raise NotImplementedError

    def _go_on(self) -> None:
        """Do what is due while the page is seen: a tab behind another one asks nothing of the computer."""
        raise NotImplementedError

    def _show(self) -> None:
        """Show what is chosen and found, and what can be done now."""
        raise NotImplementedError

    def _show_busy(self, is_busy: bool) -> None:
        """Show progress while something runs; what was told before is old then."""
        if is_busy and self.progress.isHidden():
            self.messages.clear()
            self.progress.begin()
        elif not is_busy:
            self.progress.hide()
