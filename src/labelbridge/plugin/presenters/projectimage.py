"""An image of a project as a window shows it: its pixels, its current masks, and how certain these were."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelbridge.core import FloatArray, InputError, LabelArray, Reporter
from labelbridge.io import count_planes, find_images, read_image
from labelbridge.io.project import Project, ProjectImage, add_images, mask_versions, read_project_masks
from labelbridge.io.project.reading import check_shape, existing_path
from labelbridge.plugin.layerdata import LayerData, image_layer_data, place_of_pixels

__all__ = ["ReadImage", "add_with_planes", "read_for_window"]


@dataclass(frozen=True, eq=False)
class ReadImage:
    """What is shown of an image.

    Attributes
    ----------
    name
        Its name in the project.
    layer
        Pixels (Y, X) or (Y, X, RGB), keywords of the layer, and its kind; None where only the masks were read.
    masks
        Class layers by name, each (Y, X), uint8, 0 or 1, that may be written to; empty where there are none.
    uncertainty
        (Y, X), float32, 0 certain to 1 undecided, as of the latest bootstrap; None where there is none.
    version
        Places of the masks in the project.
    path
        The file where all of it is shown; None where it is one plane or channel of several.
    """

    name: str
    layer: LayerData | None
    masks: dict[str, LabelArray]
    uncertainty: FloatArray | None
    version: tuple[str, ...]
    path: Path | None = None


def read_for_window(project: Project, name: str, reporter: Reporter, *, masks_only: bool = False) -> ReadImage:
    """Read an image and its current masks; masks that cannot be read are told of in a sentence, and left out.

    Raises
    ------
    InputError
        Where the image is gone or cannot be read.
    """
    reporter.progress(0, 0, f"opening {name}")
    image = project.image(name)
    layer = None if masks_only else _layer(project, image)
    try:
        masks = _masks(project, image)
        uncertainty = None if masks_only else _uncertainty(project, image)
    except InputError as error:
        reporter.say(f"The masks of '{name}' are not shown: {error}")
        masks, uncertainty = {}, None
    is_whole = image.plane is None and image.channel is None
    return ReadImage(name, layer, masks, uncertainty, image.masks, project.path_of(image.place) if is_whole else None)


def add_with_planes(project: Project, sources: Sequence[Path], reporter: Reporter) -> list[str]:
    """Add files and folders of images to a project; of a stack each plane becomes an image of its own.

    Returns
    -------
    list[str]
        Names of the images that were added.

    Raises
    ------
    InputError
        As `add_images` does.
    """
    files = dict.fromkeys(Path(os.path.abspath(file)) for source in sources for file in find_images(source))
    planes = {file: _count_planes(file) for file in files}
    plain = [file for file, count in planes.items() if count == 1]
    added = add_images(project, plain, reporter=reporter) if plain else []
    for file, count in planes.items():
        for plane in range(count) if count > 1 else ():
            reporter.progress(plane, count, f"looking at the planes of {file.name}")
            reporter.checkpoint()
            added += add_images(project, [file], plane=plane)
    return [image.name for image in added]


def _count_planes(file: Path) -> int:
    """Return the number of planes, 1 where it cannot be found out: reading the file then says why."""
    try:
        return count_planes(file)
    except InputError:
        return 1


def _layer(project: Project, image: ProjectImage) -> LayerData:
    """Read the pixels as the file has them, or as one grey plane where a plane or a channel is chosen."""
    path = existing_path(project, image)
    place = {"name": image.name, **place_of_pixels(image.pixel_size_um, 2)}
    layers = image_layer_data(path) if image.plane is None and image.channel is None else []
    if len(layers) == 1:
        data, look, kind = layers[0]
        check_shape(image, data.shape[:2])
        return data, look | place, kind
    plane = read_image(path, channel=image.channel, index=image.plane)
    check_shape(image, plane.shape)
    return plane.data, place, "image"


def _masks(project: Project, image: ProjectImage) -> dict[str, LabelArray]:
    labels = read_project_masks(project, image.name)
    if labels is None:
        return {}
    return {name: labels.mask(name).view(np.uint8) for name in labels.classes.foreground}


def _uncertainty(project: Project, image: ProjectImage) -> FloatArray | None:
    for folder in reversed(mask_versions(project, image.name)):
        for file in folder.glob("*_uncertainty.tif"):
            data = read_image(file).data
            return data if data.shape == image.shape else None
    return None
