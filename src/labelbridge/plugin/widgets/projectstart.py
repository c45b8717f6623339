"""The part of the Project dock where a project is made or opened."""

from functools import partial
from pathlib import Path

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.project import ProjectPresenter
from labelbridge.plugin.presenters.projectrecent import recent_projects

__all__ = ["ProjectStart"]


class ProjectStart(QWidget):
    """New, Open, and which project is open.

    Parameters
    ----------
    presenter
        Makes and opens projects.
    """

    def __init__(self, presenter: ProjectPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.new = QPushButton("New ...")
        self.new.setToolTip("Make a project in a folder; files that are in it already do not matter.")
        self.new.clicked.connect(self._create)
        self.open = QPushButton("Open")
        self.open.setToolTip("Open a project by its folder, or one of those that were open lately.")
        menu = QMenu(self.open)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        self.open.setMenu(menu)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setAccessibleName("The project that is open")
        buttons = QHBoxLayout()
        buttons.addWidget(self.new)
        buttons.addWidget(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(buttons)
        layout.addWidget(self.title)

    def refresh(self) -> None:
        """Show which project is open."""
        opened, is_busy = self._presenter.opened, self._presenter.is_busy
        self.title.setText(
            self._presenter.title or "A project is a folder that remembers images, masks, models and how far you are."
        )
        self.title.setToolTip(str(opened.project.folder) if opened else "")
        self.new.setEnabled(not is_busy)
        self.open.setEnabled(not is_busy)

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        choose = QAction("Folder ...", menu)
        choose.setToolTip("Choose the folder of a project.")
        choose.triggered.connect(lambda *_: self._choose())
        menu.addAction(choose)
        menu.addSection("Recent")
        for folder in recent_projects():
            action = QAction(folder.name or str(folder), menu)
            action.setToolTip(str(folder))
            action.triggered.connect(partial(self._open, folder))
            menu.addAction(action)

    def _create(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder for a new project"):
            self._presenter.create(Path(found))

    def _choose(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder of a project"):
            self._presenter.open(Path(found))

    def _open(self, folder: Path, *_: object) -> None:
        self._presenter.open(folder)
