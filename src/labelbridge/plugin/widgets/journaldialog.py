"""The question which journals may be deleted."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from labelbridge.plugin.presenters.journalkeeping import OLD_DAYS, JournalKeeping, describe, size_text
from labelbridge.refine import JournalInfo

__all__ = ["JournalDialog"]

_COLUMNS = ("Image", "Last changed", "Edits", "Size", "State")
_MOST_DAYS = 3650
_SIZE_PX = 620, 420
_WARNING = "Its masks were neither exported nor saved, or not even restored: deleted, they are lost."


class JournalDialog(QDialog):
    """Lists old journals with boxes to tick: finished ones are ticked, those whose masks are only there never are.

    Parameters
    ----------
    keeping
        Knows the journals and deletes those that are ticked when the user agrees.
    parent
        Where it belongs.
    """

    def __init__(self, keeping: JournalKeeping, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Delete old journals")
        self._keeping = keeping
        self._journals: list[JournalInfo] = []
        self.days = QSpinBox()
        self.days.setRange(0, _MOST_DAYS)
        self.days.setValue(OLD_DAYS)
        self.days.setSuffix(" days")
        self.days.setToolTip("Only journals that have not changed for so long are listed.")
        self.days.valueChanged.connect(self._fill)
        self.list = QTreeWidget()
        self.list.setHeaderLabels(_COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName("Old journals")
        self.list.setToolTip("Tick what may be deleted.")
        self.list.itemChanged.connect(self._show)
        self._question = QLabel()
        self._question.setWordWrap(True)
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Delete the journals that are ticked, for good.")
        self.keep = QPushButton("Cancel")
        self.keep.setToolTip("Delete nothing.")
        self._lay_out()
        self._fill()

    @property
    def chosen(self) -> list[JournalInfo]:
        """The journals that are ticked."""
        items = [self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount())]
        ticked = [item is not None and item.checkState(0) == Qt.CheckState.Checked for item in items]
        return [journal for journal, is_ticked in zip(self._journals, ticked, strict=True) if is_ticked]

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox()
        buttons.addButton(self.delete, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.keep, QDialogButtonBox.ButtonRole.RejectRole)
        self.keep.setDefault(True)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("Not changed for &at least", self.days)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.list)
        layout.addWidget(self._question)
        layout.addWidget(buttons)
        self.resize(*_SIZE_PX)

    def _fill(self) -> None:
        """List what is old enough, and tick what is finished."""
        self._journals = self._keeping.older_than(self.days.value())
        self.list.blockSignals(True)
        self.list.clear()
        for journal in self._journals:
            item = QTreeWidgetItem(list(describe(journal)))
            item.setCheckState(0, Qt.CheckState.Checked if journal.is_finished else Qt.CheckState.Unchecked)
            item.setToolTip(0, str(journal.path) if journal.is_finished else f"{_WARNING}\n{journal.path}")
            self.list.addTopLevelItem(item)
        self.list.blockSignals(False)
        for column in range(len(_COLUMNS)):
            self.list.resizeColumnToContents(column)
        self._show()

    def _show(self) -> None:
        """Say what would be deleted."""
        chosen = self.chosen
        size = size_text(sum(journal.size_bytes for journal in chosen))
        only_here = sum(not journal.is_finished for journal in chosen)
        warning = (
            f" {only_here:,} of them nobody has restored, exported or saved: those edits are lost then."
            if only_here
            else ""
        )
        self._question.setText(
            f"Delete {len(chosen):,} of {len(self._journals):,} journals ({size})? What is in them cannot be restored "
            f"or gone on with afterwards; files that you have saved or exported stay.{warning}"
            if chosen
            else "Nothing is ticked."
        )
        self.delete.setEnabled(bool(chosen))

    def _agree(self) -> None:
        self._keeping.delete(self.chosen)
        self.accept()
