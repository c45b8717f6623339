"""Parts that the docks' forms are laid out with."""

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from superqt import QCollapsible

__all__ = ["folded_part", "form_group", "form_row", "wrapped_label"]

_SPACING_PX = 3


def wrapped_label(name: str = "") -> QLabel:
    """Return a label that breaks its lines and whose text can be copied.

    Parameters
    ----------
    name
        What it tells, for those who hear the window.
    """
    label = QLabel()
    label.setWordWrap(True)
    label.setAccessibleName(name)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def form_group(title: str, parts: Sequence[QWidget]) -> QGroupBox:
    """Return parts in a box with a title, one below the other."""
    group = QGroupBox(title)
    layout = QVBoxLayout(group)
    layout.setSpacing(_SPACING_PX)
    for part in parts:
        layout.addWidget(part)
    return group


def form_row(first: QWidget, *others: QWidget) -> QWidget:
    """Return parts beside each other, of which the first takes all the room that is left."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(first, 1)
    for other in others:
        layout.addWidget(other)
    return row


def folded_part(title: str, tooltip: str, parts: Sequence[QWidget]) -> QCollapsible:
    """Return parts, one below the other, that are hidden until the title is clicked."""
    folded = QCollapsible(title)
    folded.setDuration(0)
    folded.toggleButton().setToolTip(tooltip)
    for part in parts:
        folded.addWidget(part)
    content = folded.content()
    content.hide()  # without it the tab key would reach what is folded away
    folded.toggled.connect(content.setVisible)
    return folded
