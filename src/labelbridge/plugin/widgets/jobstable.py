"""The table of jobs, which keeps its selection and its order while jobs come and go on."""

import math
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from labelbridge.jobs import JobInfo
from labelbridge.jobs.words import HERE, left_of, part_of, place_of, sentence_of, state_of
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.widgets.rowtable import make_row_table

__all__ = ["JobTable"]

_COLUMNS = ("Job", "State", "Done", "Left", "Place")
_HEADER_TIPS = (
    "Its folder's name.",
    "Where it is, or how it ended.",
    "How much of its present stage is done.",
    "How long this stage will still take.",
    "Which computer it runs on; here: this one.",
)
_STATE = 1
_NO_NEWS = ("", HERE)
_LOWEST_PX = 110
_CELL_PX = 12
"""What a cell needs beside its text."""

_BOLD = 1.15
"""How much wider titles are than cells."""


class JobTable(QTableView):
    """Shows the presenter's jobs, the newest first or sorted by a click on a column; one is selected.

    Parameters
    ----------
    presenter
        Knows the jobs and which of them is selected.
    """

    def __init__(self, presenter: JobsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._rows = _JobModel(presenter)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._rows)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self._sorted)
        self._selection = QItemSelectionModel(self._sorted, self)
        self.setSelectionModel(self._selection)
        self._look()
        self._selection.selectionChanged.connect(lambda *_: self._select())
        presenter.rows_changed.connect(self._fill)
        presenter.row_changed.connect(self._show_row)
        presenter.selected_changed.connect(self._show_selected)
        self._is_filling = False

    def _look(self) -> None:
        across = make_row_table(self, "Jobs", "All jobs of yours; select one to see what it does.")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.setMinimumHeight(_LOWEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        across.setMinimumSectionSize(_CELL_PX)
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._fit()

    def _fit(self) -> None:
        """Leave to the names what the other columns do not need, and hide those that tell nothing."""
        across, metrics = self.horizontalHeader(), self.fontMetrics()
        assert across is not None  # every table has one
        texts = [_texts(info) for info in self._presenter.rows]
        for column in range(1, len(_COLUMNS)):
            self.setColumnHidden(column, column > _STATE and all(text[column] in _NO_NEWS for text in texts))
            longest = max((metrics.horizontalAdvance(text[column]) for text in texts), default=0)
            title = round(_BOLD * metrics.horizontalAdvance(_COLUMNS[column]))
            across.resizeSection(column, max(title, longest) + _CELL_PX)

    def _fill(self) -> None:
        """Show other rows, and keep the selection."""
        self._is_filling = True
        self._rows.fill()
        self._is_filling = False
        self._fit()
        self._show_selected()

    def _show_row(self, row: int) -> None:
        self._rows.show_row(row)
        self._fit()

    def _select(self) -> None:
        if not self._is_filling and (chosen := self._selection.selectedRows()):
            self._presenter.select(self._path(chosen[0]))

    def _show_selected(self) -> None:
        """Select the row of the presenter's job."""
        info = self._presenter.selected
        wanted = info.folder.path if info else None
        chosen = self._selection.selectedRows()
        if (self._path(chosen[0]) if chosen else None) == wanted:
            return
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if self._path(index) == wanted:
                self._selection.setCurrentIndex(index, flags)
                return

    def _path(self, index: QModelIndex) -> Path:
        return self._presenter.rows[self._sorted.mapToSource(index).row()].folder.path


class _JobModel(QAbstractTableModel):
    """The presenter's rows, asked for when they are drawn."""

    def __init__(self, presenter: JobsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._number = 0

    def fill(self) -> None:
        """Show all rows anew."""
        self.beginResetModel()
        self._number = len(self._presenter.rows)
        self.endResetModel()

    def show_row(self, row: int) -> None:
        """Show one row anew."""
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(_COLUMNS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 # Qt's name and default
        """Return the number of jobs."""
        return 0 if parent.isValid() else self._number

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
        """Return what stands in a cell, how it is sorted, and more about its job."""
        if index.row() >= len(self._presenter.rows):  # fewer by now, and `fill` comes at once
            return None
        info = self._presenter.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _texts(info)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return _order(info)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(info)
        return None


def _texts(info: JobInfo) -> tuple[str, ...]:
    part = part_of(info.status)
    done = "" if part is None else f"{part:.0%}"
    return info.name, state_of(info), done, left_of(info.status), place_of(info.status)


def _order(info: JobInfo) -> tuple[str | float, ...]:
    """Return what each column is sorted by."""
    status = info.status
    part, progress = part_of(status), status.progress
    left_s = progress.left_s if left_of(status) and progress else None
    return (
        info.name.casefold(),
        state_of(info),
        -1.0 if part is None else part,
        math.inf if left_s is None else left_s,
        place_of(status),
    )


def _tooltip(info: JobInfo) -> str:
    created = f", made {info.created.astimezone():%Y-%m-%d %H:%M}" if info.created else ""
    return f"{info.task or 'job'}{created}\n{sentence_of(info)}\n{info.folder.path}"
