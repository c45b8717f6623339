"""What may be wrong with a training's sets, settings or computer: a sentence each."""

from collections.abc import Sequence

import torch

from labelbridge.bootstrap.sets.looking import FoundImage, LookedAt, Notes
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.tasks.diskroom import check_room
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import InputError, check_overlap, resolve_device
from labelbridge.io.userdata import user_data_folder
from labelbridge.translate import read_translator_card
from labelbridge.translate.syndiff.checkpoints import disk_need_bytes
from labelbridge.translate.syndiff.dataset import crop_sentences
from labelbridge.translate.syndiff.networks import check_compiler
from labelbridge.translate.syndiff.settings import SynDiffSettings

__all__ = ["check_crops", "check_disk", "check_sets", "check_settings", "check_survey", "check_twice"]

_FEW = 3
_UNCERTAIN_POLARITY = 0.25
_UNUSUAL_SCALE = 4.0
_UNUSUAL_SPREAD = 2.5
_NAMES_TOLD = 3


def check_settings(task: TranslatorTask | TutorshipTask, notes: Notes) -> None:
    """Note what of the settings cannot be had on this computer."""
    with notes.taking():
        device = resolve_device(task.device)
        if isinstance(task, TranslatorTask):
            _check_devices(task, device)
    if isinstance(task, TutorshipTask):
        with notes.taking():
            check_overlap(task.tile_overlap)
        with notes.taking():
            if task.translator:
                read_translator_card(task.translator)


def check_sets(labeled: LookedAt, unlabeled: LookedAt, notes: Notes) -> None:
    """Note what the images and labels themselves may do to the result."""
    if labeled.members and not labeled.samples:
        notes.warnings.append(
            "The labelled images have no masks: fibre size and polarity are less certain, and no mask judges."
        )
    for name in labeled.found.classes:
        if not any(sample.labels.mask(name).any() for sample in labeled.samples):
            notes.warnings.append(f"No labelled image has a pixel of '{name}'.")
    for which, looked_at in (("labelled", labeled), ("new", unlabeled)):
        notes.warnings += _too_alike(which, looked_at.members)


def check_twice(labeled: LookedAt, unlabeled: LookedAt, notes: Notes) -> None:
    """Note images that are in both sets: by their files, and by the pixels of those that were read."""
    files = {member.source.path.resolve() for member in labeled.members if member.source}
    twice = {member.name for member in unlabeled.members if member.source and member.source.path.resolve() in files}
    twice |= {name for key, name in unlabeled.hashes.items() if key in labeled.hashes}
    if not twice:
        return
    names = ", ".join(sorted(twice)[:_NAMES_TOLD]) + (" ..." if len(twice) > _NAMES_TOLD else "")
    if twice >= {member.name for member in unlabeled.members}:
        folder = unlabeled.found.folder
        notes.add([f"{folder}: got the labelled images again ({names}), expected another modality; choose its folder."])
    else:
        notes.warnings.append(f"Both sets have the same images ({names}): take them out of one.")


def check_survey(found: Survey, notes: Notes) -> None:
    """Note what is uncertain in how the modalities compare."""
    sizes, scale = list(found.scale.per_image_px.values()), found.scale
    if max(sizes) > _UNUSUAL_SPREAD * min(sizes):
        notes.warnings.append(
            f"Fibres seem to have {min(sizes):.0f} to {max(sizes):.0f} px in the new images: check that all these "
            "images are of one magnification."
        )
    if not scale.given and not 1 / _UNUSUAL_SCALE <= scale.scale <= _UNUSUAL_SCALE:
        notes.warnings.append(
            f"The fibre size is uncertain, {scale.labeled_size_px:.0f} px in the labelled images and about "
            f"{scale.unlabeled_size_px:.0f} px in the new ones: compare the samples, and give the scale if it is wrong."
        )
    if found.polarity.certainty < _UNCERTAIN_POLARITY:
        notes.warnings.append(
            f"The polarity of the new images is uncertain, they seem to be {found.polarity.polarity}: compare the "
            "samples, and if that is wrong, take images that show more fibres."
        )


def check_crops(
    labeled: Sequence[FoundImage],
    unlabeled: Sequence[FoundImage],
    found: Survey,
    settings: SynDiffSettings,
    notes: Notes,
) -> None:
    """Note images that are smaller than what a translator is trained on."""
    sizes = [(member, found.labeled.size_px) for member in labeled]
    sizes += [(member, found.likely_fibre_px(member.name)) for member in unlabeled]
    sides = [(round(min(member.shape) * settings.fibre_px / size_px), member.name) for member, size_px in sizes]
    smallest_px, name = min(sides)
    notes.warnings += crop_sentences(settings, name, smallest_px)


def check_disk(settings: SynDiffSettings, notes: Notes) -> None:
    """Note where the disk has no room for what a translator's training leaves in a job that is put where all are."""
    try:
        check_room(user_data_folder() / "jobs" / "new", disk_need_bytes(settings.architecture), "checkpoints")
    except InputError as error:
        notes.warnings.append(str(error))


def _check_devices(task: TranslatorTask, device: torch.device) -> None:
    if task.compiles:
        check_compiler(device)
    there = torch.cuda.device_count()
    if device.type == "cuda" and task.devices > there:
        raise InputError(f"got {task.devices} devices, expected at most {there}, as many as this computer has.")


def _too_alike(which: str, members: Sequence[FoundImage]) -> list[str]:
    """Say where images are too few or of one subject."""
    if not members:
        return []
    if len(members) < _FEW:
        return [f"There are few {which} images ({len(members)}): more, and of several subjects, make a better result."]
    subjects = {member.subject for member in members}
    if len(subjects) > 1 or None in subjects:
        return []
    return [
        f"All {which} images are of one subject ({subjects.pop()}): how good the result is on others stays unknown."
    ]
