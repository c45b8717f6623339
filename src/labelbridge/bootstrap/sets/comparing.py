"""Both modalities of a training, looked at and compared as far as they can be."""

from dataclasses import dataclass

from labelbridge.bootstrap.sets.looking import LookedAt, Notes, look_at_images, look_at_labels
from labelbridge.bootstrap.survey import LabeledLook, Survey, look_at_examples, look_at_labeled, survey
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import AXON, MYELIN, Reporter

__all__ = ["ComparedSets", "compare_sets"]


@dataclass(frozen=True, eq=False)
class ComparedSets:
    """L and U.

    Attributes
    ----------
    labeled, unlabeled
        The images.
    look
        How L looks; None where that could not be found out.
    found
        How U compares; None where that could not be found out.
    """

    labeled: LookedAt
    unlabeled: LookedAt
    look: LabeledLook | None
    found: Survey | None


def compare_sets(task: TranslatorTask | TutorshipTask, notes: Notes, reporter: Reporter) -> ComparedSets:
    """Look at a training's images and compare them.

    Parameters
    ----------
    task
        The training.
    notes
        Gets what is wrong.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    labeled, unlabeled = _look(task, notes, reporter)
    reporter.progress(0, 1, "comparing the modalities")
    reporter.checkpoint()
    look, found = None, None
    fibre_px = task.settings.fibre_px if isinstance(task, TutorshipTask) else task.training().fibre_px
    with notes.taking():
        if labeled.samples:
            look = look_at_labeled(labeled.samples, fibre_px)
        elif labeled.images:
            look = look_at_examples(labeled.images, fibre_px)
    with notes.taking():
        if look and unlabeled.images:
            found = survey(look, unlabeled.images, scale=task.scale)
    return ComparedSets(labeled, unlabeled, look, found)


def _look(task: TranslatorTask | TutorshipTask, notes: Notes, reporter: Reporter) -> tuple[LookedAt, LookedAt]:
    """Look at the files of L and of U."""
    teaches = isinstance(task, TutorshipTask)
    classes = task.classes if isinstance(task, TutorshipTask) else (AXON, MYELIN)
    reading = task.reading if isinstance(task, TutorshipTask) else task.folders.reading
    labeled = look_at_labels(task.labeled, classes, notes, reporter, needs_labels=teaches)
    return labeled, look_at_images(task.unlabeled, reading, notes, reporter, "new")
