"""Timers of the event loop."""

from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer

__all__ = ["single_shot"]


def single_shot(parent: QObject, after_ms: int, action: Callable[[], object]) -> QTimer:
    """Return a timer that calls `action` once, so many milliseconds after each start; it goes with its parent."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(action)
    return timer
