"""A file that can be chosen and left out again."""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog

from labelbridge.plugin.widgets.folderfield import FolderField

__all__ = ["FileField"]


class FileField(FolderField):
    """Shows a file, with buttons to choose another one or none.

    Parameters
    ----------
    title, nothing, tooltip
        As of `FolderField`.
    kinds
        Which files are offered, such as ``Text (*.txt)``.
    """

    def __init__(self, title: str, nothing: str, tooltip: str, kinds: str) -> None:
        super().__init__(title, nothing, tooltip, leave="Leave this file out")
        self._kinds = kinds

    def _ask(self, start: str) -> Path | None:
        found, _ = QFileDialog.getOpenFileName(self, self._title, start, self._kinds)
        return Path(found) if found else None
