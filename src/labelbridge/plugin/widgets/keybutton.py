"""Buttons that say which key does the same."""

from collections.abc import Callable

from qtpy.QtWidgets import QPushButton

from labelbridge.plugin.keys import Key

__all__ = ["key_button"]


def key_button(key: Key, action: Callable[[], object]) -> QPushButton:
    """Return a button that does what a key does, and names it."""
    button = QPushButton(key.title)
    button.setToolTip(f"{key.tooltip} Key: {key.text}")
    button.setAutoDefault(False)
    button.clicked.connect(lambda *_: action())
    return button
