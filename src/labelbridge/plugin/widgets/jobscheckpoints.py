"""The models that a job has set aside, with their scores."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from labelbridge.jobs import Checkpoint
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.jobsactions import JobActions
from labelbridge.plugin.widgets.rowtable import make_row_table

__all__ = ["CheckpointsTab"]

_COLUMNS = ("Steps", "Score", "Used as")
_HEADER_TIPS = ("Training steps that it has seen.", "Higher is better.", "Which one is the job's result.")
_LOWEST_PX = 90


class CheckpointsTab(QWidget):
    """A line for each model that can become the selected job's result, and the button that does it.

    Parameters
    ----------
    presenter
        Knows the job.
    actions
        Makes one the result.
    """

    def __init__(self, presenter: JobsPresenter, actions: JobActions) -> None:
        super().__init__()
        self._presenter, self._actions = presenter, actions
        self._shown: tuple[tuple[Checkpoint, ...], int | None] = ((), None)
        self.table = _make_table()
        self.table.itemSelectionChanged.connect(self.show_state)
        self.use = QPushButton("Use this one")
        self.use.setToolTip("Make the selected model the job's result; the job must have ended.")
        self.use.setAutoDefault(False)
        self.use.clicked.connect(lambda *_: self._use())
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setAccessibleName("Why no model can be chosen")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.hint)
        layout.addWidget(self.use)
        presenter.details_changed.connect(self.refresh)

    @property
    def chosen(self) -> Checkpoint | None:
        """The selected model; None where there is none."""
        rows = {index.row() for index in self.table.selectedIndexes()}
        return self._shown[0][rows.pop()] if rows else None

    def refresh(self) -> None:
        """Show what there is by now, and keep the selection."""
        details = self._presenter.details
        now = (details.checkpoints, details.used_step)
        if now[0] is not self._shown[0] or now[1] != self._shown[1]:
            before = self.chosen
            self._shown = now
            self._fill(before.folder if before else None)
        self.show_state()

    def show_state(self) -> None:
        """Show whether the selected model can become the result."""
        info, chosen = self._presenter.selected, self.chosen
        has_ended = info is not None and info.status.state == "ended"
        is_used = chosen is not None and chosen.step == self._shown[1]
        self.use.setEnabled(has_ended and chosen is not None and not (is_used or self._actions.is_busy))
        if not self._shown[0]:
            self.hint.setText("No models were set aside: trainings of translators do so each time they are judged.")
        else:
            self.hint.setText("Stop the job, or let it end, to choose one.")
        self.hint.setVisible(not self._shown[0] or not has_ended)

    def _use(self) -> None:
        if chosen := self.chosen:
            self._actions.use(chosen)

    def _fill(self, selected: object) -> None:
        checkpoints, used = self._shown
        self.table.blockSignals(True)
        self.table.clearSelection()
        self.table.setRowCount(len(checkpoints))
        for row, one in enumerate(checkpoints):
            for column, text in enumerate((f"{one.step:,}", f"{one.score:.4f}", "result" if one.step == used else "")):
                cell = QTableWidgetItem(text)
                cell.setToolTip(_numbers(one))
                if column < 2:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, cell)
            if one.folder == selected:
                self.table.selectRow(row)
        self.table.blockSignals(False)


def _make_table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    across = make_row_table(table, "Checkpoints", "Models that the training has set aside, the best first.")
    table.setHorizontalHeaderLabels(_COLUMNS)
    for column, tip in enumerate(_HEADER_TIPS):
        if title := table.horizontalHeaderItem(column):
            title.setToolTip(tip)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setMinimumHeight(_LOWEST_PX)
    table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table


def _numbers(one: Checkpoint) -> str:
    """Return the numbers behind a score, a line each."""
    return "\n".join(f"{name.replace('_', ' ')}: {value:.4g}" for name, value in one.metrics.items())
