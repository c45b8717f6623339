"""What the worker thread does with a project: add, open, save, find again."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from labelbridge.core import InputError, LabelArray, LabelMap, Reporter
from labelbridge.io.project import (
    ImageState,
    MissingFile,
    ProjectDocument,
    ProjectImage,
    find_moved_images,
    missing_files,
    relink,
    relink_images,
    save_masks,
)
from labelbridge.plugin.presenters.projectfolder import OpenProject
from labelbridge.plugin.presenters.projectimage import ReadImage, add_with_planes, read_for_window

__all__ = ["add", "find_missing", "open_image", "remove", "save", "set_absent", "set_channel", "set_state"]


def add(opened: OpenProject, sources: Sequence[Path], reporter: Reporter) -> tuple[OpenProject, list[str]]:
    """Add images; return the project as it is then, and the names of those that are new."""
    opened.check_writable()
    names = add_with_planes(opened.project, sources, reporter)
    return opened.looked_at_again(), names


def remove(opened: OpenProject, names: Collection[str], _: Reporter) -> OpenProject:
    """Take images out of the project, and return it as it is then."""
    opened.check_writable()
    opened.project.remove_images(names)
    return opened.looked_at_again()


def set_state(opened: OpenProject, names: Collection[str], state: ImageState, _: Reporter) -> OpenProject:
    """Say how far images are, and return the project as it is then."""
    return _changed(opened, names, lambda image: image.model_copy(update={"state": state}))


def set_absent(opened: OpenProject, names: Collection[str], name: str, is_absent: bool, _: Reporter) -> OpenProject:
    """Say whether images lack a class, and return the project as it is then."""

    def change(image: ProjectImage) -> ProjectImage:
        others = tuple(one for one in image.absent if one != name)
        return image.model_copy(update={"absent": (*others, name) if is_absent else others})

    return _changed(opened, names, change)


def set_channel(opened: OpenProject, channel: str, _: Reporter) -> None:
    """Remember what is taken of the project's colour images."""
    opened.check_writable()
    opened.project.update(channel=channel)


def open_image(opened: OpenProject, name: str, shown: tuple[str, ...] | None, reporter: Reporter) -> ReadImage | str:
    """Read what is not shown yet of an image, and remember that it is worked on.

    Parameters
    ----------
    opened
        The project.
    name
        Name of the image.
    shown
        Places of the masks that are shown of it; None where it is not open.
    reporter
        Told of masks that cannot be shown, and where it could not be remembered.

    Returns
    -------
    ReadImage or str
        What was read, or its name where there was nothing to read.

    Raises
    ------
    InputError
        Where the image cannot be read.
    """
    project = opened.project
    is_shown = shown is not None
    has_news = shown != project.image(name).masks
    image = read_for_window(project, name, reporter, masks_only=is_shown) if has_news else name
    if not opened.is_read_only and project.document.current != name:
        try:
            opened.check_writable()
            project.update(current=name)
        except InputError as error:
            reporter.say(str(error))
    return image


def save(opened: OpenProject, name: str, masks: Mapping[str, LabelArray], reporter: Reporter) -> tuple[str, ...]:
    """Save masks (Y, X), not 0 where the class is, as a new version; return its places.

    Where classes overlap, the later one wins: the axon yields to the myelin.

    Raises
    ------
    InputError
        Where they do not fit the image, or nothing can be saved.
    """
    opened.check_writable()
    reporter.progress(0, 0, f"saving the masks of {name}")
    save_masks(opened.project, name, LabelMap.from_masks({what: mask != 0 for what, mask in masks.items()}))
    return opened.project.image(name).masks


def find_missing(opened: OpenProject, folder: Path, reporter: Reporter) -> tuple[OpenProject, int]:
    """Find missing files in a folder: by their names where they lie as they lay, images also by their content.

    Returns
    -------
    tuple
        The project as it is then, and how many were found.
    """
    opened.check_writable()
    project = opened.project
    before = missing_files(project)
    for old in _folders(before):
        reporter.checkpoint()
        relink(project, old, folder, reporter=reporter)
    if any(one.what == "image" for one in missing_files(project)):
        relink_images(project, find_moved_images(project, folder, reporter=reporter))
    again = opened.looked_at_again()
    return again, len(before) - len(again.missing)


def _folders(missing: Collection[MissingFile]) -> list[Path]:
    """Return the folders that were perhaps moved as a whole, the outermost first."""
    parents = dict.fromkeys(one.path.parent for one in missing)
    try:
        common = [Path(os.path.commonpath(parents))] if parents else []
    except ValueError:  # several drives
        common = []
    return list(dict.fromkeys([*common, *parents]))


def _changed(
    opened: OpenProject, names: Collection[str], change: Callable[[ProjectImage], ProjectImage]
) -> OpenProject:
    """Change several images, saved in one step, and return the project as it is then."""
    opened.check_writable()
    now = {"changed": datetime.now(UTC)}

    def changed(document: ProjectDocument) -> ProjectDocument:
        images = (change(one).model_copy(update=now) if one.name in names else one for one in document.images)
        return document.model_copy(update={"images": tuple(images)})

    opened.project.change(changed)
    return opened.looked_at_again()
