"""What a training finds in its images, and what is wrong with them, before anything starts."""

from collections.abc import Sequence
from dataclasses import replace

from labelbridge.bootstrap.sets.checks import (
    check_crops,
    check_disk,
    check_sets,
    check_settings,
    check_survey,
    check_twice,
)
from labelbridge.bootstrap.sets.comparing import ComparedSets, compare_sets
from labelbridge.bootstrap.sets.found import SetFound, SetsFound
from labelbridge.bootstrap.sets.looking import FoundImage, Notes
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.images import split_sentence
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Reporter
from labelbridge.translate.syndiff.dataset import split_held_out
from labelbridge.translate.syndiff.settings import SynDiffSettings

__all__ = ["look_at_sets"]


def look_at_sets(task: TranslatorTask | TutorshipTask, reporter: Reporter) -> SetsFound:
    """Look at both modalities of a training; what is wrong is collected, and what can be read is told all the same.

    All files are opened; L is read as a whole, as the training reads it, and of U at most a few dozen images.

    Parameters
    ----------
    task
        The training.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    notes = Notes()
    training = task.translator_task if isinstance(task, TutorshipTask) else task
    syndiff = training.training() if training else None
    check_settings(task, notes)
    sets = compare_sets(task, notes, reporter)
    _check(sets, syndiff, notes)
    return SetsFound(
        labeled=replace(_labeled(sets), split=_split("labelled", sets.labeled.members, syndiff)),
        unlabeled=replace(_unlabeled(sets), split=_split("new", sets.unlabeled.members, syndiff)),
        sentences=_sentences(sets),
        problems=tuple(notes.problems),
        warnings=tuple(notes.warnings),
    )


def _check(sets: ComparedSets, syndiff: SynDiffSettings | None, notes: Notes) -> None:
    check_sets(sets.labeled, sets.unlabeled, notes)
    check_twice(sets.labeled, sets.unlabeled, notes)
    if sets.found:
        check_survey(sets.found, notes)
    if syndiff:
        check_disk(syndiff, notes)
    if syndiff and sets.found:
        check_crops(sets.labeled.members, sets.unlabeled.members, sets.found, syndiff, notes)


def _labeled(sets: ComparedSets) -> SetFound:
    labeled, look = sets.labeled, sets.look
    if look is None:
        return labeled.shown({})
    sizes = {member.name: look.size_px for member in labeled.members}
    return replace(labeled.shown(sizes), fibre_px=look.size_px)


def _unlabeled(sets: ComparedSets) -> SetFound:
    unlabeled, found = sets.unlabeled, sets.found
    if found is None:
        return unlabeled.shown({})
    return replace(unlabeled.shown(found.scale.per_image_px), fibre_px=found.scale.unlabeled_size_px)


def _split(which: str, members: Sequence[FoundImage], syndiff: SynDiffSettings | None) -> str:
    """Say which images train a translator and which judge it."""
    if syndiff is None or not members:
        return ""
    trained, held_out = split_held_out(members, syndiff.held_out, syndiff.seed)
    return split_sentence(which, trained, held_out or trained)


def _sentences(sets: ComparedSets) -> tuple[str, ...]:
    """Say how the modalities compare, as far as that is known."""
    if sets.found is None:
        return (f"labelled images: {sets.look.style.polarity}",) if sets.look else ()
    looked_at, there = len(sets.unlabeled.images), len(sets.unlabeled.members)
    some = (f"{looked_at} of {there:,} new images were looked at",) if looked_at < there else ()
    return (*sets.found.sentences(), *some)
