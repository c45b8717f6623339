"""The part of the Refine dock for painting."""

from collections.abc import Callable, Mapping

from qtpy.QtWidgets import QGridLayout, QGroupBox

from labelbridge.plugin.keys import KEYS, UNDO_KEYS
from labelbridge.plugin.widgets.keybutton import key_button

__all__ = ["PaintBox"]


class PaintBox(QGroupBox):
    """A button for each thing that a key does while painting.

    Parameters
    ----------
    actions
        What is done, by the names of `KEYS` and `UNDO_KEYS`: axon, myelin, erase, smaller, larger, hide, undo, redo.
    """

    def __init__(self, actions: Mapping[str, Callable[[], object]]) -> None:
        super().__init__("Paint")
        self.buttons = {name: key_button({**KEYS, **UNDO_KEYS}[name], action) for name, action in actions.items()}
        layout = QGridLayout(self)
        for place, name in enumerate(("axon", "myelin", "erase", "smaller", "larger", "hide")):
            row, column = divmod(place, 3)
            layout.addWidget(self.buttons[name], row, 2 * column, 1, 2)
        for place, name in enumerate(("undo", "redo")):
            layout.addWidget(self.buttons[name], 2, 3 * place, 1, 3)
