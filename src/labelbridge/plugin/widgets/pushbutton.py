"""The buttons of the docks."""

from collections.abc import Callable

from qtpy.QtWidgets import QPushButton

__all__ = ["push_button"]


def push_button(text: str, tooltip: str, act: Callable[[], object]) -> QPushButton:
    """Return a button that acts when it is clicked, and never by Enter in a field of the same dialog."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda *_: act())
    return button
