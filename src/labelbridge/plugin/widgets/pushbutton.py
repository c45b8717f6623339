"""The buttons of the docks."""

from collections.abc import Callable

from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

__all__ = ["button_row", "push_button"]


def push_button(text: str, tooltip: str, act: Callable[[], object]) -> QPushButton:
    """Return a button that acts when it is clicked, and never by Enter in a field of the same dialog."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda *_: act())
    return button


def button_row(*buttons: QPushButton) -> QWidget:
    """Return buttons beside each other."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for button in buttons:
        layout.addWidget(button)
    return row
