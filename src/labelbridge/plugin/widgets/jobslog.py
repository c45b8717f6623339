"""The end of a job's log."""

from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QPlainTextEdit, QSizePolicy

from labelbridge.plugin.presenters.jobs import JobsPresenter

__all__ = ["LogTab"]


class LogTab(QPlainTextEdit):
    """What the selected job has printed; follows its end while one looks at that.

    Parameters
    ----------
    presenter
        Knows the job.
    """

    def __init__(self, presenter: JobsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._shown = ""
        self.setReadOnly(True)
        self.setAccessibleName("Log")
        self.setToolTip("The end of what the job has printed; all of it is in stdout.log in its folder.")
        self.setPlaceholderText("Nothing was printed yet.")
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        presenter.details_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show what is known by now."""
        log = self._presenter.details.log
        if log is self._shown:
            return
        bar = self.verticalScrollBar()
        assert bar is not None  # every text has one
        was_at_end, place = bar.value() == bar.maximum(), bar.value()
        if self._shown and log.startswith(self._shown):
            self._append(log[len(self._shown) :])
        else:
            self.setPlainText(log)
        self._shown = log
        bar.setValue(bar.maximum() if was_at_end else place)

    def _append(self, text: str) -> None:
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(text)
