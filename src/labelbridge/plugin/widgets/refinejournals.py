"""The part of the Refine dock that says where the journals lie, and offers to delete old ones."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGroupBox, QLabel, QPushButton, QVBoxLayout
from superqt import QElidingLabel

from labelbridge.plugin.presenters.journalkeeping import JournalKeeping
from labelbridge.plugin.widgets.journaldialog import JournalDialog

__all__ = ["JournalBox"]


class JournalBox(QGroupBox):
    """How many journals of which age and size lie where, in two lines; and a button to delete old ones."""

    def __init__(self, keeping: JournalKeeping) -> None:
        super().__init__("Journals")
        self._keeping = keeping
        self._line = QLabel()
        self._line.setWordWrap(True)
        self._line.setAccessibleName("Which journals there are")
        self._folder = QElidingLabel()
        self._folder.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._folder.setAccessibleName("Folder of the journals")
        self.delete = QPushButton("Delete old ones ...")
        self.delete.setToolTip("Choose old journals to delete; nothing is deleted before you agree.")
        self.delete.setAutoDefault(False)
        self.delete.clicked.connect(self._open_dialog)
        layout = QVBoxLayout(self)
        for part in (self._line, self._folder, self.delete):
            layout.addWidget(part)
        keeping.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the presenter says."""
        folder = str(self._keeping.folder or "")
        self._line.setText(self._keeping.summary())
        self._folder.setText(folder)
        self._folder.setToolTip(f"The journals lie in {folder}; File > Preferences > LabelBridge changes that.")
        self._folder.setVisible(bool(folder))
        self.delete.setEnabled(bool(self._keeping.older_than(0)))

    def _open_dialog(self) -> None:
        dialog = JournalDialog(self._keeping, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
