"""What the tables of the docks have in common: whole rows are chosen, and nothing is edited."""

from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

__all__ = ["make_row_table"]

_ROW_PX = 22


def make_row_table(table: QTableView, name: str, tooltip: str) -> QHeaderView:
    """Let a table show rows of one height, with no numbers before them, and Tab lead out of it.

    Parameters
    ----------
    table
        The table.
    name, tooltip
        What it is called, and what can be done with it.

    Returns
    -------
    QHeaderView
        The titles of its columns.
    """
    table.setAccessibleName(name)
    table.setToolTip(tooltip)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    down, across = table.verticalHeader(), table.horizontalHeader()
    assert down is not None  # every table has both
    assert across is not None
    down.hide()
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    down.setDefaultSectionSize(_ROW_PX)
    return across
