"""The presenter of the Project dock: which project, which image is worked on, and what is saved of it."""

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.core import Reporter, counted
from labelbridge.io.project import PROJECT_FILE, ImageRow, ImageState, MissingFile
from labelbridge.plugin.presenters.jobmasks import JobMasks
from labelbridge.plugin.presenters.projectbatch import BatchPresenter
from labelbridge.plugin.presenters.projectfolder import OpenProject
from labelbridge.plugin.presenters.projectimage import ReadImage
from labelbridge.plugin.presenters.projectmasks import open_with_masks
from labelbridge.plugin.presenters.projectrecent import remember_project
from labelbridge.plugin.presenters.projectwindow import ProjectWindow
from labelbridge.plugin.presenters.projectwork import (
    add,
    find_missing,
    open_image,
    remove,
    save,
    set_absent,
    set_state,
)
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, Tasks

__all__ = ["ProjectPresenter"]


class ProjectPresenter(TaskPresenter):
    """Decides for the Project dock; knows no window but what `ProjectWindow` says.

    Parameters
    ----------
    tasks
        Reads and writes files and tells in the window's thread; another one than that of the batch.
    batch
        Bootstraps images of the project.
    window
        Shows images.

    Attributes
    ----------
    batch
        As given.
    rows
        The table of images.
    missing
        What was not where the project remembers it when somebody looked last.
    current
        Name of the image that is worked on; None where there is none.
    """

    rows_changed = Signal()
    """The table has other images."""

    row_changed = Signal(int)
    """The image of this row is in another state."""

    asked = Signal(str)
    """Masks are not saved: `save_first`, `leave_unsaved` or `stay` answers."""

    def __init__(self, tasks: Tasks, batch: BatchPresenter, window: ProjectWindow) -> None:
        super().__init__(tasks)
        self.batch = batch
        self._window = window
        self._opened: OpenProject | None = None
        self._folder: Path | None = None
        self._then: Callable[[], object] | None = None
        self.rows: list[ImageRow] = []
        self.missing: list[MissingFile] = []
        self.current: str | None = None
        batch.image_done.connect(self._on_image_done)

    @property
    def opened(self) -> OpenProject | None:
        """The project that is open."""
        return self._opened

    @property
    def title(self) -> str:
        """What project it is and how far, in a line; empty where none is open."""
        if self._opened is None:
            return ""
        counts = {state: sum(row.state == state for row in self.rows) for state in ("bootstrapped", "in correction")}
        done = sum(row.state == "done" for row in self.rows)
        images = counted(len(self.rows), "image")
        return (
            f"{self._opened.project.document.name}: {images}, {counts['bootstrapped']:,} bootstrapped, "
            f"{counts['in correction']:,} in correction, {done:,} done"
        )

    @property
    def shows_current(self) -> bool:
        """Whether the image that is worked on is shown."""
        return self.current is not None and self._window.shows(self.current)

    @property
    def has_unsaved(self) -> bool:
        """Whether masks of the image that is worked on are not saved; may take some milliseconds."""
        return self.current is not None and self._window.is_unsaved(self.current)

    def create(self, folder: Path) -> None:
        """Make a project in a folder and open it."""
        self._leave(partial(self._open, folder, lambda _: OpenProject.create(folder)))

    def open(self, folder: Path) -> None:
        """Open a project by its folder or its file, and the image that was worked on last."""
        self._leave(partial(self._open, folder, lambda _: OpenProject.open(folder)))

    def open_masks(self, made: JobMasks, folder: Path) -> None:
        """Open a project of a job's images with their masks; where there is none in the folder, it is made."""
        self._leave(partial(self._open, folder, partial(open_with_masks, made, folder)))

    def close(self) -> None:
        """Let other windows open the project; what is not saved stays in the journal of its correction."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def add(self, sources: Sequence[Path]) -> None:
        """Add images: files, and folders that are searched for them."""
        if opened := self._writable():
            self._start(partial(add, opened, sources), self._added)

    def remove(self, names: Collection[str]) -> None:
        """Take images out of the project; their files and masks stay on the disk."""
        if opened := self._writable():
            self._start(partial(remove, opened, names), self._look_at)

    def set_state(self, names: Collection[str], state: ImageState) -> None:
        """Say how far images are."""
        if opened := self._writable():
            self._start(partial(set_state, opened, names, state), self._look_at)

    def set_absent(self, names: Collection[str], name: str, is_absent: bool) -> None:
        """Say whether images lack a class: later bootstraps give it no pixel of theirs."""
        if opened := self._writable():
            self._start(partial(set_absent, opened, names, name, is_absent), self._look_at)

    def find_missing(self, folder: Path) -> None:
        """Look for what is missing in a folder and below, and remember where it lies now."""
        if opened := self._writable():
            self._start(partial(find_missing, opened, folder), self._found)

    def open_image(self, name: str) -> None:
        """Show an image with its current masks, and remember that it is worked on."""
        if name == self.current:
            self._open_image(name)
        else:
            self._leave(partial(self._open_image, name))

    def close_image(self) -> None:
        """Close the image that is worked on with its masks, in the window alone."""
        self._leave(self._close_image)

    def save(self) -> None:
        """Save the masks of the image that is worked on as a new version."""
        self._save(lambda: None)

    def save_first(self) -> None:
        """Save the masks, then go on with what was asked for."""
        then, self._then = self._then, None
        if then is not None:
            self._save(then)

    def leave_unsaved(self) -> None:
        """Go on with what was asked for; the corrections stay in their journal."""
        then, self._then = self._then, None
        if then is not None:
            then()

    def stay(self) -> None:
        """Do not go on."""
        self._then = None

    def _writable(self) -> OpenProject | None:
        if self._opened is None:
            self.failed.emit(Failure("Open a project first, or make a new one."))
        return self._opened

    def _leave(self, then: Callable[[], object]) -> None:
        """Go on where nothing is lost by it; else ask."""
        if self.is_busy:
            self.failed.emit(Failure("Something else is being done with the project; wait until it is done."))
        elif self.current is not None and self.has_unsaved:
            self._then = then
            self.asked.emit(f"The masks of '{self.current}' have changes that are not saved. Save them first?")
        else:
            then()

    def _open(self, folder: Path, make: Callable[[Reporter], OpenProject]) -> None:
        if self.batch.is_busy:
            self.failed.emit(Failure("Images of this project are being bootstrapped; wait, or cancel that first."))
            return
        if self._opened and self._opened.project.folder == _folder_of(folder):
            self.close()  # its own lock would be in the way
            self._take(None)
        self._start(make, self._opened_now)

    def _opened_now(self, opened: OpenProject) -> None:
        self.close()
        self._take(opened)
        remember_project(opened.project.folder)
        for notice in filter(None, (opened.project.notice, _read_only(opened))):
            self.said.emit(notice)
        current = opened.project.document.current
        if current in {row.name for row in self.rows}:
            self._open_image(str(current))

    def _take(self, opened: OpenProject | None) -> None:
        self._opened, self.current = opened, None
        if opened is not None and opened.project.folder != self._folder:
            self._folder = opened.project.folder
            self._window.forget()
        self.batch.take(opened)
        self._fill(opened)

    def _fill(self, opened: OpenProject | None) -> None:
        self.rows = opened.rows if opened else []
        self.missing = opened.missing if opened else []
        self.rows_changed.emit()
        self.changed.emit()

    def _look_at(self, opened: OpenProject) -> None:
        self._opened = opened
        self._fill(opened)

    def _added(self, added: tuple[OpenProject, list[str]]) -> None:
        opened, names = added
        self._look_at(opened)
        self.said.emit("1 image was added." if len(names) == 1 else f"{len(names):,} images were added.")

    def _found(self, found: tuple[OpenProject, int]) -> None:
        opened, number = found
        self._look_at(opened)
        self.batch.look()
        left = f"; {len(self.missing):,} are still missing" if self.missing else ""
        self.said.emit(f"{number:,} missing files were found{left}.")

    def _open_image(self, name: str) -> None:
        opened = self._opened
        if opened is None:
            return
        is_shown = self._window.shows(name)
        if is_shown and self._window.version(name) == opened.project.image(name).masks:
            self._window.bring_forward(name)
        self._start(partial(open_image, opened, name, self._window.version(name) if is_shown else None), self._show)

    def _show(self, image: ReadImage | str) -> None:
        """Show an image that was read; only its name is given where all of it is shown already."""
        name = image if isinstance(image, str) else image.name
        if not isinstance(image, str):
            self._window.show(image)
        before, self.current = self.current, name
        for one in {before, name}:
            self._refresh(one)

    def _close_image(self) -> None:
        if self.current is not None:
            self._window.close(self.current)
            self.current = None
            self.changed.emit()

    def _save(self, then: Callable[[], object]) -> None:
        opened, name = self._writable(), self.current
        if opened is None:
            return
        masks = self._window.masks(name) if name is not None else {}
        if name is None or not masks:
            self.failed.emit(Failure("There are no masks to save: open an image of the project that has some."))
            return

        def saved(version: tuple[str, ...]) -> None:
            self._window.know_saved(name, masks, version)
            self._refresh(name)
            self.said.emit(f"The masks of '{name}' are saved: {opened.project.path_of(version[0]).parent}.")
            then()

        self._start(partial(save, opened, name, masks), saved)

    def _on_image_done(self, name: str) -> None:
        self._refresh(name)
        if self._window.shows(name):
            self.said.emit(f"New masks of '{name}' are saved; open the image again to see them beside the others.")

    def _refresh(self, name: str | None) -> None:
        """Look at one image again."""
        number = next((number for number, row in enumerate(self.rows) if row.name == name), None)
        if self._opened is None or number is None:
            return
        project = self._opened.project
        image = project.image(self.rows[number].name)
        self.rows[number] = ImageRow.of(image, project.path_of(image.place))
        self.row_changed.emit(number)
        self.changed.emit()


def _folder_of(path: Path) -> Path:
    """Return the folder of a project that is named by its folder or its file."""
    place = Path(os.path.abspath(path))
    return place.parent if place.name == PROJECT_FILE else place


def _read_only(opened: OpenProject) -> str:
    if not opened.is_read_only:
        return ""
    return f"{opened.project.folder}: the project's folder is read-only: look at all of it, but nothing is saved."
