"""All corrected masks that a retraining is told of."""

from collections import Counter
from collections.abc import Iterator, Sequence

from labelbridge.bootstrap.retraining.folders import CorrectedFolder
from labelbridge.bootstrap.retraining.image import CorrectedImage
from labelbridge.bootstrap.retraining.project import corrected_in_project
from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.core import InputError, Reporter
from labelbridge.io.project import Project
from labelbridge.io.userdata import user_data_folder

__all__ = ["read_corrected"]


def read_corrected(task: RetrainTask, classes: Sequence[str], reporter: Reporter) -> list[CorrectedImage]:
    """Read all images of which something is verified.

    Parameters
    ----------
    task
        Where they are.
    classes
        Classes of the model, without background; others of the masks count as background.
    reporter
        Told progress, and in a sentence each which images are left out and why; asked whether to stop.

    Raises
    ------
    InputError
        Where neither a project nor a folder is given, a file cannot be used, masks lack a class of the model, or two
        images have one name.
    Cancelled
        Where the reporter asked to stop.
    """
    if task.project is None and not task.corrected:
        raise InputError("got neither a project nor corrected masks, expected --project DIR or --corrected DIR.")
    found = list(_read(task, classes, reporter))
    names = Counter(one.image.name for one in found)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice is not None:
        raise InputError(f"got masks of '{twice}' from two places, expected one; leave the better ones.")
    return found


def _read(task: RetrainTask, classes: Sequence[str], reporter: Reporter) -> Iterator[CorrectedImage]:
    if task.project is not None:
        journals = task.journals or user_data_folder() / "journals"
        yield from corrected_in_project(Project.open(task.project), journals, classes, reporter)
    for folder in task.corrected:
        place = CorrectedFolder(folder, task.images or folder, task.channel, task.verified)
        yield from place.read(classes, reporter)
