"""A table of numbers."""

from collections.abc import Mapping, Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

__all__ = ["ScoreTable"]


class ScoreTable(QTableWidget):
    """Rows of numbers, all of which can be seen; hidden while it is empty.

    Parameters
    ----------
    name
        What the table tells.
    columns
        What the numbers are.
    tooltip
        How they are meant.
    """

    def __init__(self, name: str, columns: Sequence[str], tooltip: str) -> None:
        super().__init__(0, len(columns))
        self.setHorizontalHeaderLabels(list(columns))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        header = self.horizontalHeader()
        if header is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(len(columns) - 1, QHeaderView.ResizeMode.Stretch)
            header.setMinimumSectionSize(0)
        self.hide()

    def show_rows(self, rows: Mapping[str, Sequence[str]]) -> None:
        """Show a row of texts for each name; without any the table is hidden."""
        self.setRowCount(len(rows))
        self.setVerticalHeaderLabels(list(rows))
        for row, texts in enumerate(rows.values()):
            for column, text in enumerate(texts):
                self.setItem(row, column, _cell(text))
        self.resizeRowsToContents()
        self.setVisible(bool(rows))
        self._fit()

    def _fit(self) -> None:
        """Be as high as the rows are, and at least so wide that all columns can be read."""
        above, beside = self.horizontalHeader(), self.verticalHeader()
        if above is None or beside is None:
            return
        frame = 2 * self.frameWidth()
        rows, columns = range(self.rowCount()), range(self.columnCount())
        self.setFixedHeight(above.sizeHint().height() + sum(map(self.rowHeight, rows)) + frame)
        self.setMinimumWidth(beside.sizeHint().width() + sum(map(above.sectionSizeHint, columns)) + frame)


def _cell(text: str) -> QTableWidgetItem:
    cell = QTableWidgetItem(text)
    cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    return cell
