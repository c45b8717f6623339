"""The choice of classes that an image does not have."""

from collections.abc import Collection, Sequence

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QWidget

__all__ = ["AbsentBox"]


class AbsentBox(QWidget):
    """A box to tick for each class.

    Attributes
    ----------
    boxes
        The boxes by the name of their class.
    """

    chosen = Signal(tuple)
    """The names of the classes that are ticked now; the user has changed one."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)

    def show_classes(self, classes: Sequence[str], absent: Collection[str]) -> None:
        """Show a box for each of `classes`, ticked where it is absent; tells nobody."""
        if list(classes) != list(self.boxes):
            self._fill(classes)
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(name in absent)

    def _fill(self, classes: Sequence[str]) -> None:
        while item := self._row.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        self.boxes = {name: QCheckBox(name) for name in classes}
        for name, box in self.boxes.items():
            box.setAccessibleName(f"No {name} in this image")
            box.setToolTip(f"This image has no {name}: none of its pixels gets that class.")
            box.toggled.connect(self._tell)
            self._row.addWidget(box)
        self._row.addStretch()
        self._join_tab_order()

    def _join_tab_order(self) -> None:
        """Have the tab key reach the boxes where they are seen, although they are younger than what follows."""
        before = self.previousInFocusChain()
        while before is not None and before is not self and before.focusPolicy() == Qt.FocusPolicy.NoFocus:
            before = before.previousInFocusChain()
        for box in self.boxes.values():
            if before is not None and before is not self:
                self.setTabOrder(before, box)
            before = box

    def _tell(self) -> None:
        self.chosen.emit(tuple(name for name, box in self.boxes.items() if box.isChecked()))
