"""A project to correct the masks in that a job has made."""

from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile

from labelbridge.core import Reporter
from labelbridge.io import image_stem, read_label_map
from labelbridge.io.atomic import saying_why
from labelbridge.io.maskfiles import find_masks
from labelbridge.io.names import parse_mask_name
from labelbridge.io.project import PROJECT_FILE, Project, ProjectImage, mask_versions, new_masks_folder, save_masks
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.jobmasks import JobMasks
from labelbridge.plugin.presenters.projectchoices import remember_choices
from labelbridge.plugin.presenters.projectfolder import OpenProject
from labelbridge.plugin.presenters.projectimage import add_with_planes

__all__ = ["open_with_masks"]

_CORRECTED = ("in correction", "done")


def open_with_masks(made: JobMasks, folder: Path, reporter: Reporter) -> OpenProject:
    """Open a project of a job's images with their masks; where there is none in the folder, it is made.

    Images that are in it already keep their masks where these were corrected, and get the new ones beside the others
    where not. What cannot be taken in is said in a sentence.

    Parameters
    ----------
    made
        The masks.
    folder
        Folder of the project; other files in it do not matter.
    reporter
        Receives progress and sentences, and may ask to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    InputError
        Where the folder, the images or the masks cannot be used, or another window has the project open.
    """
    results = made.results()
    opened = (OpenProject.open if (folder / PROJECT_FILE).is_file() else OpenProject.create)(folder)
    try:
        opened.check_writable()
        add_with_planes(opened.project, made.images, reporter)
        _take_in(opened.project, results, made.plane, reporter)
        if made.model is not None:
            choices = BootstrapChoices(labeled=made.labeled, model=made.model, path="tutorship")
            remember_choices(opened.project, choices)
        return opened.looked_at_again()
    except BaseException:
        opened.close()
        raise


def _take_in(project: Project, results: Mapping[str, list[Path]], plane: int | None, reporter: Reporter) -> None:
    """Give each image its masks, and let the first one that has some be worked on.

    Parameters
    ----------
    project
        Has the images.
    results
        Files of each result by the stem of its image.
    plane
        The plane of stacks that results are of; None where they are of all planes.
    reporter
        Receives progress and sentences, and may ask to stop.
    """
    images = [image for image in project.document.images if _stem(project, image) in results]
    if lost := len(results.keys() - {_stem(project, image) for image in images}):
        reporter.say(f"Masks without an image, which is not there any more: {lost:,}; they are left out.")
    if plane is not None:
        images = [image for image in images if image.plane in (None, plane)]
    for number, image in enumerate(images):
        reporter.progress(number, len(images), "taking in the masks")
        reporter.checkpoint()
        files = results[_stem(project, image)]
        if image.state in _CORRECTED:
            reporter.say(f"'{image.name}' was corrected already, so its masks stay as they are.")
        elif not _is_there(project, image, files[-1]):
            _add_version(project, image, files, image.plane if plane is None else None)
    if images and project.document.current is None:
        project.update(current=images[0].name)


def _is_there(project: Project, image: ProjectImage, provenance: Path) -> bool:
    """Return whether one of the image's versions is this result."""
    record = provenance.read_bytes()
    copies = (folder / provenance.name for folder in mask_versions(project, image.name))
    return any(copy.is_file() and copy.read_bytes() == record for copy in copies)


def _add_version(project: Project, image: ProjectImage, files: list[Path], plane: int | None) -> None:
    """Copy a result into the project as the image's newest masks; of a stack, the masks of a plane."""
    masks = [file for file in files if parse_mask_name(file)]
    if plane is None:
        folder = new_masks_folder(project, image.name)
        _copy(files, folder)
        project.update_image(image.name, masks=[folder / file.name for file in masks], state="bootstrapped")
        return
    stack = next(iter(find_masks(masks[0]).values()))
    labels = read_label_map(stack, None, index=plane, shape=image.shape)
    written = save_masks(project, image.name, labels, state="bootstrapped")
    _copy(files[-1:], written[0].parent)


def _copy(files: list[Path], folder: Path) -> None:
    for file in files:
        with saying_why(folder / file.name):
            copyfile(file, folder / file.name)


def _stem(project: Project, image: ProjectImage) -> str:
    return image_stem(project.path_of(image.place))
