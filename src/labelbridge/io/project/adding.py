"""Images come into a project."""

import os
from collections.abc import Collection, Sequence
from itertools import chain, count
from pathlib import Path

from labelbridge.core import InputError, Reporter
from labelbridge.io.decode import count_planes, open_raster
from labelbridge.io.export import check_stem
from labelbridge.io.images import find_images
from labelbridge.io.names import image_stem
from labelbridge.io.pixelsize import find_pixel_size
from labelbridge.io.project.document import ProjectDocument, ProjectImage
from labelbridge.io.project.identity import identify
from labelbridge.io.project.project import Project

__all__ = ["add_images"]


def add_images(
    project: Project,
    sources: Sequence[Path],
    *,
    channel: str | int | None = None,
    plane: int | None = None,
    pixel_size_um: float | None = None,
    reporter: Reporter | None = None,
) -> list[ProjectImage]:
    """Add images to a project; each is read once from end to end, for its hash.

    An image that is in the project already (the same bytes, channel and plane, whatever its name) is left out, and so
    is one that cannot be read; the reporter is told of each in one sentence.

    Parameters
    ----------
    project
        Changed and saved.
    sources
        Files, OME-Zarr folders, and folders with images, searched as `find_images` does.
    channel, plane, pixel_size_um
        Of all these images, as `read_image` takes them; the pixel size is looked for where None is given.
    reporter
        Asked before each image whether to stop: then none is added.

    Returns
    -------
    list[ProjectImage]
        Those that were added.

    Raises
    ------
    InputError
        Where a source is missing, none of the images can be read, or the project cannot be saved.
    """
    told = reporter or Reporter()
    files = list(dict.fromkeys(Path(os.path.abspath(file)) for source in sources for file in find_images(source)))
    found: list[ProjectImage] = []
    problems: list[InputError] = []
    for number, file in enumerate(files):
        told.checkpoint()
        told.progress(number, len(files), "looking at images")
        try:
            found.append(_look_at(project, file, channel, plane, pixel_size_um))
        except InputError as error:
            problems.append(error)
            told.say(str(error))
    if problems and not found:
        raise problems[0]
    return _add(project, found, told)


def _look_at(
    project: Project, path: Path, channel: str | int | None, plane: int | None, pixel_size_um: float | None
) -> ProjectImage:
    check_stem(image_stem(path))
    index = 0 if plane is None and count_planes(path) > 1 else plane
    with open_raster(path, index=index) as raster:
        shape = raster.shape
    identity = identify(path)
    return ProjectImage(
        name=image_stem(path),
        place=project.place_of(path),
        sha256=identity.sha256,
        size_bytes=identity.size_bytes,
        shape=shape,
        pixel_size_um=find_pixel_size(path, explicit_um=pixel_size_um),
        channel=channel,
        plane=plane,
    )


def _add(project: Project, found: Sequence[ProjectImage], reporter: Reporter) -> list[ProjectImage]:
    added: list[ProjectImage] = []

    def add(document: ProjectDocument) -> ProjectDocument:
        for image in found:
            there = (*document.images, *added)
            twin = next((one for one in there if _is_same(one, image)), None)
            if twin is None:
                added.append(image.model_copy(update={"name": _free_name(image.name, [one.name for one in there])}))
            else:
                reporter.say(f"{project.path_of(image.place)}: is in the project already, as '{twin.name}'; left out.")
        return document.model_copy(update={"images": (*document.images, *added)})

    project.change(add)
    return added


def _is_same(one: ProjectImage, other: ProjectImage) -> bool:
    return (one.sha256, one.channel, one.plane) == (other.sha256, other.channel, other.plane)


def _free_name(stem: str, taken: Collection[str]) -> str:
    """Return the stem, or where it is taken, upper and lower case being one, the stem with a number."""
    used = {name.casefold() for name in taken}
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(name for name in names if name.casefold() not in used)
