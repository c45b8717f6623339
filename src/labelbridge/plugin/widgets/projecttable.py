"""The table of a project's images, quick with thousands of them."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QHeaderView, QTableView

from labelbridge.io.project import ImageRow
from labelbridge.plugin.presenters.project import ProjectPresenter
from labelbridge.plugin.widgets.rowtable import make_row_table

__all__ = ["ImageTable"]

_COLUMNS = ("Image", "State")
_HEADER_TIPS = ("Its name in the project.", "How far it is.")
_STATES = {"new": 0, "bootstrapped": 1, "in correction": 2, "done": 3}
_LOWEST_PX = 110
_CELL_PX = 16
"""What a cell needs beside its text."""


class ImageTable(QTableView):
    """Shows the images of a project, sorted by a click on a column; double click or Enter opens one.

    Parameters
    ----------
    presenter
        Knows the images.

    Attributes
    ----------
    wanted
        Emitted with the name of an image that is to be opened.
    selected
        Emitted when other images are selected.
    """

    wanted = Signal(str)
    selected = Signal()

    def __init__(self, presenter: ProjectPresenter) -> None:
        super().__init__()
        self._rows = _ImageModel(presenter)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self._sorted)
        self._selection = QItemSelectionModel(self._sorted, self)
        self.setSelectionModel(self._selection)
        self._look()
        self.activated.connect(lambda index: self.wanted.emit(self._name(index)))
        self._selection.selectionChanged.connect(lambda *_: self.selected.emit())
        presenter.rows_changed.connect(self._fill)
        presenter.row_changed.connect(self._rows.show_row)

    @property
    def names(self) -> list[str]:
        """Names of the images that are selected, from top to bottom."""
        return [self._name(index) for index in sorted(self._selection.selectedRows())]

    def show_only(self, text: str) -> None:
        """Show the images that have this text in their names."""
        self._sorted.setFilterFixedString(text)

    def select(self, names: Sequence[str]) -> None:
        """Select these images, and no others."""
        wanted = set(names)
        self._selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if self._name(index) in wanted:
                self._selection.select(index, flags)

    def _look(self) -> None:
        tooltip = (
            "The images of the project: double-click one, or press Enter, to open it; right-click to say which classes "
            "images do not have."
        )
        across = make_row_table(self, "Images of the project", tooltip)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setMinimumHeight(_LOWEST_PX)
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        across.resizeSection(1, max(map(self.fontMetrics().horizontalAdvance, _STATES)) + _CELL_PX)

    def _fill(self) -> None:
        """Show other rows, and keep the selection where its images are still there."""
        names = self.names
        self._rows.fill()
        if names:
            self.select(names)
        self.selected.emit()

    def _name(self, index: QModelIndex) -> str:
        return str(index.siblingAtColumn(0).data())


class _ImageModel(QAbstractTableModel):
    """The presenter's rows, asked for when they are drawn."""

    def __init__(self, presenter: ProjectPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._bold = QFont()
        self._bold.setBold(True)

    def fill(self) -> None:
        """Show all rows anew."""
        self.beginResetModel()
        self.endResetModel()

    def show_row(self, row: int) -> None:
        """Show one row anew."""
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(_COLUMNS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 # Qt's name and default
        """Return the number of images."""
        return 0 if parent.isValid() else len(self._presenter.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 # Qt's name and default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column, or its tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        texts = {Qt.ItemDataRole.DisplayRole: _COLUMNS, Qt.ItemDataRole.ToolTipRole: _HEADER_TIPS}
        return texts[Qt.ItemDataRole(role)][section] if role in texts else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what stands in a cell, how it is sorted and drawn, and more about its image."""
        row, column = self._presenter.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _texts(row)[column]
        if role == Qt.ItemDataRole.UserRole:
            return (row.name.casefold(), _STATES[row.state])[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(row)
        if role == Qt.ItemDataRole.FontRole and column == 0 and row.name == self._presenter.current:
            return self._bold
        return None


def _texts(row: ImageRow) -> tuple[str, str]:
    return row.name, row.state if row.is_there else "file missing"


def _tooltip(row: ImageRow) -> str:
    height, width = row.shape
    size = f"pixels of {row.pixel_size_um:g} um" if row.pixel_size_um else "pixel size unknown"
    masks = "with masks" if row.has_masks else "no masks yet"
    where = "" if row.is_there else "\nThe file is not there any more."
    absent = f"\nWithout {' and '.join(row.absent)}." if row.absent else ""
    notes = f"\n{row.notes}" if row.notes else ""
    return f"{row.path}\n{row.state}; {width:,} x {height:,} px, {size}, {masks}{absent}{where}{notes}"
