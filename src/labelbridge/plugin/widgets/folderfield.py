"""A folder that can be chosen and left out again."""

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

__all__ = ["FolderField"]


class FolderField(QWidget):
    """Shows a folder, with buttons to choose another one or none.

    Parameters
    ----------
    title
        Of the dialog in which a folder is chosen.
    nothing
        What stands there where none is chosen.
    tooltip
        What the folder is for.
    leave
        What the button does that leaves it out.
    """

    chosen = Signal(object)
    """The folder that the user has chosen, or None."""

    def __init__(self, title: str, nothing: str, tooltip: str, *, leave: str = "Leave this folder out") -> None:
        super().__init__()
        self._title, self._tooltip = title, tooltip
        self._folder: Path | None = None
        self._shown = QLineEdit()
        self._shown.setReadOnly(True)
        self._shown.setPlaceholderText(nothing)
        self._shown.setAccessibleName(title)
        self._shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button = QPushButton("Choose ...")
        self.button.setToolTip(tooltip)
        self.button.clicked.connect(self._choose)
        self._clear = QToolButton()
        self._clear.setText("✕")
        self._clear.setToolTip(f"{leave}.")
        self._clear.setAccessibleName(leave)
        self._clear.clicked.connect(lambda: self.chosen.emit(None))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._shown, 1)
        layout.addWidget(self.button)
        layout.addWidget(self._clear)
        self.show_folder(None)

    def show_folder(self, folder: Path | None, *, can_leave: bool = True) -> None:
        """Show a folder, or that there is none; tells nobody.

        Parameters
        ----------
        folder
            The folder.
        can_leave
            Whether the user has chosen it, so that it can be left out.
        """
        self._folder = folder
        self._shown.setText(folder.name or str(folder) if folder else "")
        self._shown.setToolTip(f"{self._tooltip}\n{folder}" if folder else self._tooltip)
        self._clear.setEnabled(folder is not None and can_leave)

    def _choose(self) -> None:
        if found := self._ask(str(self._folder.parent) if self._folder else ""):
            self.chosen.emit(found)

    def _ask(self, start: str) -> Path | None:
        found = QFileDialog.getExistingDirectory(self, self._title, start)
        return Path(found) if found else None
