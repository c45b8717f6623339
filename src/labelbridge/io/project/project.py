"""A project: a folder that remembers images, models, settings, masks and how far each image is."""

import os
import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, Unpack

from labelbridge.core import InputError
from labelbridge.io.project.changes import ImageChanges, ProjectChanges, changed_document, changed_image
from labelbridge.io.project.document import ProjectDocument, ProjectImage
from labelbridge.io.project.file import PROJECT_FILE, ProjectFile
from labelbridge.io.project.places import path_of, place_of
from labelbridge.io.project.rows import ImageRow

__all__ = ["Project"]


class Project:
    """A folder with a project; made by `create`, opened by `open`.

    Each change is on the disk when its call returns, or raises InputError and is not made at all: where another window
    has saved the project since it was read, where the disk refuses, and where a value makes no sense.

    Attributes
    ----------
    folder
        The folder, absolute.
    """

    def __init__(self, folder: Path, file: ProjectFile, document: ProjectDocument) -> None:
        self.folder = folder
        self._file = file
        self._document = document
        self._lock = threading.Lock()

    @classmethod
    def create(cls, folder: Path, *, name: str | None = None) -> Self:
        """Make a project in a folder, which is made where there is none; other files in it do not matter.

        Parameters
        ----------
        folder
            The folder.
        name
            What the user calls it; None takes the folder's name.

        Raises
        ------
        InputError
            Where there is a project in it already, or the disk does not take it.
        """
        here = _absolute(folder)
        file, document = ProjectFile(here), ProjectDocument(name=name or here.name)
        if file.exists:
            raise InputError(f"{here}: got a folder that is a project already; open it, or choose another folder.")
        file.write(document)
        return cls(here, file, document)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a project by its folder or its file.

        Raises
        ------
        InputError
            Where there is none, it is of a newer LabelBridge, or it and its backup are damaged.
        """
        here = _absolute(folder)
        here = here.parent if here.name == PROJECT_FILE else here
        file = ProjectFile(here)
        return cls(here, file, file.read())

    @property
    def document(self) -> ProjectDocument:
        """All that it remembers."""
        return self._document

    @property
    def notice(self) -> str | None:
        """One sentence where its file was damaged and a backup was opened, else None."""
        return self._file.notice

    @property
    def labeled_sets(self) -> tuple[Path, ...]:
        """Labelled sets of L."""
        return tuple(map(self.path_of, self._document.labeled_sets))

    @property
    def models(self) -> tuple[Path, ...]:
        """Folders of models."""
        return tuple(map(self.path_of, self._document.models))

    @property
    def translators(self) -> tuple[Path, ...]:
        """Folders of translators."""
        return tuple(map(self.path_of, self._document.translators))

    def rows(self) -> list[ImageRow]:
        """Return the table of images."""
        return [ImageRow.of(image, self.path_of(image.place)) for image in self._document.images]

    def image(self, name: str) -> ProjectImage:
        """Return an image by its name; raises InputError where there is none."""
        for image in self._document.images:
            if image.name == name:
                return image
        raise InputError(f"got the image '{name}', which is not in the project '{self._document.name}'.")

    def channel_of(self, name: str) -> str | int:
        """Return the channel that is taken of an image, as `read_image` takes it: its own, or that of the project."""
        own = self.image(name).channel
        return self._document.channel if own is None else own

    def path_of(self, place: str) -> Path:
        """Return the path of a place in the document, whether there is something or not."""
        return path_of(place, self.folder)

    def place_of(self, path: Path) -> str:
        """Return what the document says for a path."""
        return place_of(_absolute(path), self.folder)

    def reload(self) -> None:
        """Read it again, with what another window has saved; raises what `open` does."""
        with self._lock:
            self._document = self._file.read()

    def update(self, **changes: Unpack[ProjectChanges]) -> None:
        """Set what the project knows beside its images; settings are anything that JSON can hold."""
        self.change(lambda document: changed_document(document, changes, self.place_of))

    def update_image(self, name: str, **changes: Unpack[ImageChanges]) -> None:
        """Set what the project knows of an image."""

        def change(document: ProjectDocument) -> ProjectDocument:
            new = changed_image(self.image(name), changes, self.place_of)
            images = tuple(new if image.name == name else image for image in document.images)
            return document.model_copy(update={"images": images})

        self.change(change)

    def remove_images(self, names: Collection[str]) -> None:
        """Take images out of the project; no file is deleted, neither images nor masks."""
        gone = {self.image(name).name for name in names}

        def remove(document: ProjectDocument) -> ProjectDocument:
            images = tuple(image for image in document.images if image.name not in gone)
            return document.model_copy(update={"images": images})

        self.change(remove)

    def change(self, edit: Callable[[ProjectDocument], ProjectDocument]) -> None:
        """Save what `edit` makes of the document, and remember it once it is saved; from any thread."""
        with self._lock:
            new = edit(self._document).model_copy(update={"changed": datetime.now(UTC)})
            self._file.write(new)
            self._document = new


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
