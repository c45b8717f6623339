"""Masks of a project's images: each version in a folder of its own, none is ever replaced."""

from contextlib import suppress
from itertools import count
from pathlib import Path

from labelbridge.core import InputError, LabelMap
from labelbridge.io.atomic import saying_why
from labelbridge.io.export import write_axondeepseg
from labelbridge.io.maskfiles import MaskFiles, find_masks
from labelbridge.io.names import image_stem
from labelbridge.io.project.document import ImageState
from labelbridge.io.project.project import Project

__all__ = ["current_masks", "mask_versions", "new_masks_folder", "save_masks"]

_MASKS_FOLDER = "masks"


def mask_versions(project: Project, name: str) -> list[Path]:
    """Return the folders with the versions of an image's masks, the oldest first: ``masks/<name>/<number>/``."""
    folder = _masks_of(project, name)
    found = [path for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(path.name))


def new_masks_folder(project: Project, name: str) -> Path:
    """Make an empty folder for the next version of an image's masks, for this window alone.

    What is written there becomes current with ``project.update_image(name, masks=files)``.

    Raises
    ------
    InputError
        Where there is no such image or the disk does not take the folder.
    """
    versions = mask_versions(project, name)
    first = int(versions[-1].name) + 1 if versions else 1
    parent = _masks_of(project, name)
    with saying_why(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for number in count(first):
            with suppress(FileExistsError):
                folder = parent / f"{number:04}"
                folder.mkdir()
                break
    return folder


def save_masks(project: Project, name: str, labels: LabelMap, *, state: ImageState = "in correction") -> list[Path]:
    """Write masks of an image as the next version, as `write_axondeepseg` does, and make it current.

    Parameters
    ----------
    project
        Changed and saved.
    name
        Name of the image in the project.
    labels
        Of the image's shape.
    state
        How far the image is now.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    InputError
        Where there is no such image, the shapes differ, or the disk does not take the files. Where only the project
        could not be saved, the files are there but not current.
    """
    image = project.image(name)
    if labels.shape != image.shape:
        raise InputError(f"{name}: got masks of {labels.shape} for an image of {image.shape} (height, width).")
    folder = new_masks_folder(project, name)
    try:
        files = write_axondeepseg(labels, image_stem(project.path_of(image.place)), folder, overwrite=False)
    except InputError:
        with suppress(OSError):
            folder.rmdir()
        raise
    project.update_image(name, masks=files, state=state)
    return files


def current_masks(project: Project, name: str) -> MaskFiles | None:
    """Return the files of an image's current masks, for `read_label_map`; None where there are none.

    Raises
    ------
    InputError
        Where there is no such image or the files are gone.
    """
    places = project.image(name).masks
    if not places:
        return None
    return next(iter(find_masks(project.path_of(places[0])).values()))


def _masks_of(project: Project, name: str) -> Path:
    return project.folder / _MASKS_FOLDER / project.image(name).name
