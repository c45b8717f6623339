"""When a dock goes, so that what it has started goes with it."""

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QApplication, QWidget

__all__ = ["at_end_of"]


def at_end_of(widget: QWidget, end: Callable[[], object]) -> None:
    """Call a function once when a widget goes: out of its dock, with its window, or with the program.

    Parameters
    ----------
    widget
        A dock's content.
    end
        Must not use the widget, which may be gone.
    """
    watcher = _Watcher(end)
    _watchers.add(watcher)
    widget.installEventFilter(watcher)
    widget.destroyed.connect(watcher.end)
    application = QApplication.instance()
    if application is not None:
        application.aboutToQuit.connect(watcher.end)


class _Watcher(QObject):
    """Notices that a widget leaves its dock; has no parent, because it must outlive the widget."""

    def __init__(self, end: Callable[[], object]) -> None:
        super().__init__()
        self._end: Callable[[], object] | None = end

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # Qt's name
        """Look at an event, and let it pass."""
        left = event is not None and event.type() == QEvent.Type.ParentChange
        if left and watched is not None and watched.parent() is None:
            self.end()
        return False

    def end(self, *_: object) -> None:
        """Call the function, the first time."""
        end, self._end = self._end, None
        if end is not None:
            _watchers.discard(self)
            end()


_watchers: set[_Watcher] = set()
"""Those that wait: Qt does not keep them alive."""
