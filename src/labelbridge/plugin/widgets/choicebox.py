"""A list to choose from that can be filled anew without telling anybody."""

from collections.abc import Sequence
from typing import NamedTuple

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QComboBox

__all__ = ["Choice", "ChoiceBox"]

_SHORTEST = 12


class Choice(NamedTuple):
    """One line of a list."""

    value: object
    """What it stands for."""

    text: str
    """What the user reads."""

    tooltip: str = ""
    """More about it."""


class ChoiceBox(QComboBox):
    """A drop-down list of values; no wider than its dock. The wheel scrolls the form unless the list was chosen first.

    Parameters
    ----------
    name
        What is chosen, for those who hear the window.
    tooltip
        What the choice is for.

    Attributes
    ----------
    values
        What the lines stand for.
    """

    chosen = Signal(object)
    """The value that the user has chosen."""

    def __init__(self, name: str, tooltip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_SHORTEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.values: list[object] = []
        self._shown: list[Choice] = []
        self.activated.connect(lambda index: self.chosen.emit(self.values[index]))

    def show_choices(self, choices: Sequence[Choice], value: object) -> None:
        """Show these lines, and the one of a value as the chosen one."""
        with QSignalBlocker(self):
            if list(choices) != self._shown:
                self._fill(choices)
            self.setCurrentIndex(next((index for index, one in enumerate(self.values) if one == value), -1))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Take the wheel only from who has chosen this list."""
        if self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()

    def _fill(self, choices: Sequence[Choice]) -> None:
        self._shown, self.values = list(choices), [choice.value for choice in choices]
        self.clear()
        for index, choice in enumerate(choices):
            self.addItem(choice.text)
            self.setItemData(index, choice.tooltip, Qt.ItemDataRole.ToolTipRole)
