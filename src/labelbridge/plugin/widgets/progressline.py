"""How far a task is."""

from qtpy.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.tasks import Progress

__all__ = ["ProgressLine", "time_left"]

_STEPS = 1000


class ProgressLine(QWidget):
    """Stage, bar, time left and device; hidden while nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setToolTip("How much of this stage is done.")
        self._bar.setAccessibleName("Progress")
        self._text = QLabel()
        self._text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        layout.addWidget(self._text)
        self.hide()

    @property
    def text(self) -> str:
        """What stands below the bar."""
        return self._text.text()

    def begin(self) -> None:
        """Show that a task has begun, of which nothing is known yet."""
        self.show_progress(Progress("starting"))
        self.show()

    def show_progress(self, progress: Progress, device: str | None = None) -> None:
        """Show how far the task is.

        Parameters
        ----------
        progress
            Stage, fraction and time left.
        device
            What it is computed on, where that is known.
        """
        known = progress.fraction is not None
        self._bar.setRange(0, _STEPS if known else 0)
        self._bar.setValue(round(_STEPS * progress.fraction) if progress.fraction is not None else 0)
        parts = [progress.stage]
        if progress.left_s is not None:
            parts.append(time_left(progress.left_s))
        if device:
            parts.append(f"on {device}")
        self._text.setText(", ".join(parts))


def time_left(seconds: float) -> str:
    """Return a time in the few words that an estimate deserves."""
    minutes = round(seconds / 60)
    if seconds < 10:
        return "some seconds left"
    if minutes < 1:
        return f"about {round(seconds, -1):.0f} s left"
    if minutes < 60:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60:02d} min left"
