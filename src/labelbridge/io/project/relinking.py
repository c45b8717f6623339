"""Files of a project that were moved are found again."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labelbridge.core import InputError, Reporter
from labelbridge.io.names import image_files
from labelbridge.io.project.document import ProjectDocument, ProjectImage
from labelbridge.io.project.identity import Identity, identify, size_of
from labelbridge.io.project.places import path_of
from labelbridge.io.project.project import Project

__all__ = ["MissingFile", "find_moved_images", "missing_files", "relink", "relink_images"]


@dataclass(frozen=True)
class MissingFile:
    """A file or folder that is not where the project remembers it.

    Attributes
    ----------
    what
        What it is.
    place
        Where it was, as the document has it.
    path
        The same as a path.
    image
        Name of the image that it is or belongs to; None where it belongs to all.
    """

    what: Literal["image", "masks", "journal", "labelled set", "model", "translator"]
    place: str
    path: Path
    image: str | None = None


def missing_files(project: Project) -> list[MissingFile]:
    """Return all that is not where the project remembers it."""
    return [one for one in _remembered(project) if not os.path.exists(one.path)]


def relink(
    project: Project, old_folder: Path, new_folder: Path, *, reporter: Reporter | None = None
) -> list[MissingFile]:
    """Remember in `new_folder` what was in `old_folder`, or below it, is missing, and lies there under the same name.

    An image is taken only where its bytes are the same; the reporter is told of each that is not.

    Returns
    -------
    list[MissingFile]
        What was found, as it was missing before.

    Raises
    ------
    InputError
        Where the project cannot be saved.
    """
    told = reporter or Reporter()
    old, new = (path_of(folder.as_posix(), Path.cwd()) for folder in (old_folder, new_folder))
    found: dict[MissingFile, Path] = {}
    for one in missing_files(project):
        if not one.path.is_relative_to(old):
            continue
        told.checkpoint()
        path = new / one.path.relative_to(old)
        try:
            if os.path.exists(path):
                _check_same(project, one, path)
                found[one] = path
        except InputError as error:
            told.say(str(error))
    if found:
        _remember(project, {one.place: project.place_of(path) for one, path in found.items()})
    return list(found)


def find_moved_images(project: Project, folder: Path, *, reporter: Reporter | None = None) -> dict[str, Path]:
    """Search a folder and all below it for the missing images by their bytes, whatever their names are now.

    The reporter is told of files that cannot be read.

    Returns
    -------
    dict[str, Path]
        By the image's name in the project, for `relink_images`; the project is not changed.
    """
    told = reporter or Reporter()
    wanted = [image for image in project.document.images if not os.path.exists(project.path_of(image.place))]
    sizes = {image.size_bytes for image in wanted}
    files = image_files(folder)
    found: dict[Identity, Path] = {}
    for number, file in enumerate(files):
        told.checkpoint()
        told.progress(number, len(files), "searching for images")
        try:
            if size_of(file) in sizes:
                found.setdefault(identify(file), file)
        except InputError as error:
            told.say(str(error))
    return {image.name: found[_identity(image)] for image in wanted if _identity(image) in found}


def relink_images(project: Project, found: Mapping[str, Path]) -> None:
    """Remember where images lie now, by their names in the project.

    Raises
    ------
    InputError
        Where there is no such image, its bytes differ (none is remembered then), or the project cannot be saved.
    """
    moves: dict[str, str] = {}
    for name, path in found.items():
        image = project.image(name)
        _check_same_bytes(image, path)
        moves[image.place] = project.place_of(path)
    _remember(project, moves)


def _remembered(project: Project) -> Iterator[MissingFile]:
    document = project.document
    for image in document.images:
        yield MissingFile("image", image.place, project.path_of(image.place), image.name)
        for place in image.masks:
            yield MissingFile("masks", place, project.path_of(place), image.name)
        if image.journal is not None:
            yield MissingFile("journal", image.journal, project.path_of(image.journal), image.name)
    for place in document.labeled_sets:
        yield MissingFile("labelled set", place, project.path_of(place))
    for place in document.models:
        yield MissingFile("model", place, project.path_of(place))
    for place in document.translators:
        yield MissingFile("translator", place, project.path_of(place))


def _check_same(project: Project, missing: MissingFile, path: Path) -> None:
    """Raise InputError where an image is another one; of other files nothing is known but the name."""
    if missing.what == "image" and missing.image is not None:
        _check_same_bytes(project.image(missing.image), path)


def _check_same_bytes(image: ProjectImage, path: Path) -> None:
    if size_of(path) != image.size_bytes or identify(path) != _identity(image):
        raise InputError(
            f"{path}: got other content than that of the image '{image.name}', expected the same file; choose the "
            "right one, or add this one as a new image."
        )


def _identity(image: ProjectImage) -> Identity:
    return Identity(image.size_bytes, image.sha256)


def _remember(project: Project, moves: Mapping[str, str]) -> None:
    """Put new places where the old ones stand, everywhere in the document."""

    def all_at(places: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(moves.get(place, place) for place in places)

    def moved(image: ProjectImage) -> ProjectImage:
        journal = None if image.journal is None else moves.get(image.journal, image.journal)
        places = {"place": moves.get(image.place, image.place), "masks": all_at(image.masks), "journal": journal}
        return image.model_copy(update=places)

    def move(document: ProjectDocument) -> ProjectDocument:
        return document.model_copy(
            update={
                "images": tuple(map(moved, document.images)),
                "labeled_sets": all_at(document.labeled_sets),
                "models": all_at(document.models),
                "translators": all_at(document.translators),
            }
        )

    project.change(move)
