"""The part of the Project dock with the images: add, find, open, save, say how far they are, find them again."""

from pathlib import Path

from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QAction
from qtpy.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
)

from labelbridge.io.names import IMAGE_ENDINGS
from labelbridge.plugin.presenters.project import ProjectPresenter
from labelbridge.plugin.widgets.absentmenu import absent_menu
from labelbridge.plugin.widgets.projecttable import ImageTable
from labelbridge.plugin.widgets.pushbutton import push_button

__all__ = ["ImagesBox"]

_SHOWN_MISSING = 8


class ImagesBox(QGroupBox):
    """The table of images and what can be done with them.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: ProjectPresenter) -> None:
        super().__init__("Images")
        self._presenter = presenter
        self.add = QPushButton("Add")
        self.add.setToolTip("Add images to the project; they stay where they are. Files can also be dropped here.")
        self.add.setMenu(self._menu())
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find an image")
        self.filter.setAccessibleName("Find an image")
        self.filter.setToolTip("Show only images that have this in their names.")
        self.filter.setClearButtonEnabled(True)
        self.table = ImageTable(presenter)
        self.filter.textChanged.connect(self.table.show_only)
        self.open = push_button("Open image", "Show the selected image with its masks.", self._open)
        self.save = push_button(
            "Save masks", "Save the masks of the open image as a new version; no older one is replaced.", presenter.save
        )
        self.done = push_button(
            "Mark as done", "Say that the selected images need no more work, or do again.", self._done
        )
        self.close_image = push_button(
            "Close image", "Close the open image and its masks in this window.", presenter.close_image
        )
        self.remove = push_button(
            "Remove", "Take the selected images out of the project; no file is deleted.", self._remove
        )
        self.missing = QLabel()
        self.missing.setWordWrap(True)
        self.missing.setAccessibleName("Missing files")
        self.find_missing = push_button(
            "Find them in ...", "Choose the folder where the missing files lie now.", self._find
        )
        self._lay_out()
        self.table.wanted.connect(presenter.open_image)
        self.table.selected.connect(self.refresh)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)

    def refresh(self) -> None:
        """Show what can be done now."""
        presenter, names = self._presenter, self.table.names
        is_ready = presenter.opened is not None and not presenter.is_busy
        self.add.setEnabled(is_ready)
        self.open.setEnabled(is_ready and len(names) == 1)
        for button in (self.done, self.remove):
            button.setEnabled(is_ready and bool(names))
        for button in (self.save, self.close_image):
            button.setEnabled(is_ready and presenter.shows_current)
        self.done.setText("Not done yet" if names and self._are_done(names) else "Mark as done")
        self._show_missing()
        self.find_missing.setEnabled(is_ready)

    def _show_missing(self) -> None:
        missing = self._presenter.missing
        self.missing.setVisible(bool(missing))
        self.find_missing.setVisible(bool(missing))
        first = missing[0] if missing else None
        of = f" of '{first.image}'" if first and first.image and first.what != "image" else ""
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        self.missing.setText(f"Missing: {first.what}{of}, {first.path.name}{more}." if first else "")
        self.missing.setToolTip("\n".join(str(one.path) for one in missing[:_SHOWN_MISSING]))

    def _are_done(self, names: list[str]) -> bool:
        chosen = set(names)
        return all(row.state == "done" for row in self._presenter.rows if row.name in chosen)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for text, tooltip, act in (
            ("Files ...", "Choose image files.", self._add_files),
            ("Folder ...", "Choose a folder: all images in it and below are added.", self._add_folder),
        ):
            action = QAction(text, menu)
            action.setToolTip(tooltip)
            action.triggered.connect(lambda *_, act=act: act())
            menu.addAction(action)
        return menu

    def _show_menu(self, place: QPoint) -> None:
        names, viewport = self.table.names, self.table.viewport()
        if names and viewport is not None and self._presenter.opened and not self._presenter.is_busy:
            absent_menu(self, self._presenter, names).popup(viewport.mapToGlobal(place))

    def _add_files(self) -> None:
        endings = " ".join(f"*{ending}" for ending in IMAGE_ENDINGS)
        found, _ = QFileDialog.getOpenFileNames(self, "Images", "", f"Images ({endings})")
        if found:
            self._presenter.add([Path(file) for file in found])

    def _add_folder(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder of images"):
            self._presenter.add([Path(found)])

    def _open(self) -> None:
        if names := self.table.names:
            self._presenter.open_image(names[0])

    def _done(self) -> None:
        if names := self.table.names:
            self._presenter.set_state(names, "in correction" if self._are_done(names) else "done")

    def _remove(self) -> None:
        if names := self.table.names:
            self._presenter.remove(names)

    def _find(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder where the missing files lie now"):
            self._presenter.find_missing(Path(found))

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), QGridLayout()
        top.addWidget(self.add)
        top.addWidget(self.remove)
        top.addWidget(self.filter, 1)
        for place, button in enumerate((self.open, self.save, self.done, self.close_image)):
            buttons.addWidget(button, place // 2, place % 2)
        layout = QVBoxLayout(self)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        layout.addWidget(self.missing)
        layout.addWidget(self.find_missing)
