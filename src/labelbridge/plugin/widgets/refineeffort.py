"""The part of the Refine dock that says what the correction took."""

from pathlib import Path

from qtpy.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QGroupBox, QLabel, QPushButton

from labelbridge.plugin.presenters.refine import RefinePresenter

__all__ = ["EffortBox"]


class EffortBox(QGroupBox):
    """Time, strokes and fibres in one line; a switch; and the table of all sessions."""

    def __init__(self, presenter: RefinePresenter) -> None:
        super().__init__("Effort")
        self._presenter = presenter
        self._line = QLabel()
        self._line.setAccessibleName("What this session took")
        self.count = QCheckBox("Count")
        self.count.setToolTip("Count time, strokes and fibres. It stays on this computer.")
        self.count.setChecked(True)
        self.count.toggled.connect(presenter.count_effort)
        self._save = QPushButton("Save table ...")
        self._save.setToolTip("Write the effort of all sessions as a table (CSV).")
        self._save.setAutoDefault(False)
        self._save.clicked.connect(self._choose_file)
        layout = QGridLayout(self)
        layout.addWidget(self._line, 0, 0, 1, 2)
        layout.addWidget(self.count, 1, 0)
        layout.addWidget(self._save, 1, 1)

    def refresh(self) -> None:
        """Show what the presenter says."""
        self._line.setText(self._presenter.effort() if self.count.isChecked() else "not counted")

    def _choose_file(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the efforts", "efforts.csv", "Table (*.csv)", options=QFileDialog.Option.DontConfirmOverwrite
        )
        if chosen:
            self._presenter.save_efforts(Path(chosen))
