"""A table of scores."""

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from labelbridge.evaluate import METRICS, Scores

__all__ = ["ScoreTable"]


class ScoreTable(QTableWidget):
    """A row for each class, a column for each metric; hidden while it is empty."""

    def __init__(self) -> None:
        super().__init__(0, len(METRICS))
        self.setHorizontalHeaderLabels([name.capitalize() for name in METRICS])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Scores")
        self.setToolTip(
            "From 0 to 1 for each class. Dice: agreement of both areas; sensitivity: part of the truth that was found; "
            "specificity: part of the rest that was left alone."
        )
        header = self.horizontalHeader()
        if header is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.hide()

    def show_scores(self, scores: Mapping[str, Scores]) -> None:
        """Show scores by class name."""
        self.setRowCount(len(scores))
        self.setVerticalHeaderLabels(list(scores))
        for row, one in enumerate(scores.values()):
            for column, value in enumerate(one.values()):
                self.setItem(row, column, _cell(value))
        self.resizeRowsToContents()
        self.show()
        self._fit()

    def _fit(self) -> None:
        """Be as high as the rows are."""
        header = self.horizontalHeader()
        height = header.sizeHint().height() if header is not None else 0
        height += sum(self.rowHeight(row) for row in range(self.rowCount())) + 2 * self.frameWidth()
        self.setFixedHeight(height)


def _cell(value: float) -> QTableWidgetItem:
    cell = QTableWidgetItem(f"{value:.3f}")
    cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    return cell
