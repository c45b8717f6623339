"""An image of a project and its current masks, read."""

import os
from collections.abc import Sequence
from pathlib import Path

from labelbridge.core import Image, InputError, LabelMap
from labelbridge.io.images import read_image
from labelbridge.io.masks import read_label_map
from labelbridge.io.project.document import ProjectImage
from labelbridge.io.project.masks import current_masks
from labelbridge.io.project.project import Project

__all__ = ["check_shape", "existing_path", "read_project_image", "read_project_masks"]


def read_project_image(project: Project, name: str) -> Image:
    """Read an image of a project as one grey plane under its name in the project.

    Raises
    ------
    InputError
        Where it is gone, cannot be read, lacks the channel, or is another one than the project remembers.
    """
    image = project.image(name)
    path = existing_path(project, image)
    channel = project.channel_of(name)
    read = read_image(path, channel=channel, index=image.plane, pixel_size_um=image.pixel_size_um)
    check_shape(image, read.shape)
    return Image(read.data, name, read.pixel_size_um, read.source)


def read_project_masks(project: Project, name: str, classes: Sequence[str] | None = None) -> LabelMap | None:
    """Read the current masks of an image; None where there are none.

    Parameters
    ----------
    project
        The project.
    name
        Name of the image in it.
    classes
        As `read_label_map` takes them.

    Raises
    ------
    InputError
        Where the files are gone, cannot be read, or are those of an image of another size.
    """
    image = project.image(name)
    files = current_masks(project, name)
    if files is None:
        return None
    labels = read_label_map(files, classes, shape=image.shape)
    check_shape(image, labels.shape)
    return labels


def existing_path(project: Project, image: ProjectImage) -> Path:
    """Return where an image lies; raises InputError where it is gone."""
    path = project.path_of(image.place)
    if not os.path.exists(path):
        raise InputError(f"{path}: the image '{image.name}' is not there any more; find it with 'Find them in ...'.")
    return path


def check_shape(image: ProjectImage, shape: Sequence[int]) -> None:
    """Raise InputError where a file has another shape than the image had when it was added."""
    if tuple(shape) != image.shape:
        raise InputError(
            f"{image.name}: got {' x '.join(map(str, shape))} px, expected {' x '.join(map(str, image.shape))} px "
            "(height, width) as when it was added; add the file as a new image if it was replaced."
        )
