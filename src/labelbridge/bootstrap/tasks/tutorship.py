"""The task ``tutorship``: from labels of L and images of U to masks of all these, in one job; loads no torch."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from labelbridge.bootstrap.files import FileRequest, bootstrap_files, sources_of
from labelbridge.bootstrap.store import RESULT, trained
from labelbridge.bootstrap.tasks.diskroom import check_room
from labelbridge.bootstrap.tasks.maskchecks import check_request, masks_bytes, masks_sentence, training_bytes
from labelbridge.bootstrap.tasks.masks import MaskTask
from labelbridge.bootstrap.tasks.stages import Stage, Step, stages_of
from labelbridge.bootstrap.tasks.steptimes import mask_steps, model_steps, round_steps, translator_steps
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import InputError, Reporter
from labelbridge.io.atomic import saying_why
from labelbridge.io.linking import link_folder
from labelbridge.io.modelfolder import CARD, WEIGHTS
from labelbridge.translate.syndiff.settings import Preset as TranslatorPreset

__all__ = ["TutorshipTask", "check_tutorship", "tutorship_task"]

_TRANSLATOR, _MODEL, _MASKS = "translator", "model", "masks"
"""The stages: their names, their folders, and those of what they give."""


class TutorshipTask(MaskTask):
    """Settings of the job task ``tutorship``."""

    labeled: Path
    """Folder of the labelled images and their masks."""

    unlabeled: Path
    """Folder of the new images: these are learnt from and get masks."""

    translator_preset: TranslatorPreset | None = None
    """Preset of a translator that is trained first, or None to train none."""

    translator_minutes: float | None = Field(default=None, gt=0)
    """Time for the translator's training in minutes, or None for its preset's number of steps."""

    @property
    def translator_task(self) -> TranslatorTask | None:
        """The training of the translator; None where none is trained."""
        if self.translator_preset is None:
            return None
        return TranslatorTask(
            labeled=self.labeled,
            unlabeled=self.unlabeled,
            preset=self.translator_preset,
            seed=self.seed,
            device=self.device,
            minutes=self.translator_minutes,
            scale=self.scale,
            channel=self.channel,
            slices=self.slices,
        )


def check_tutorship(task: TutorshipTask, out: Path | None = None) -> None:
    """Look at all that the task is to use, before anything is made for it.

    Parameters
    ----------
    task
        The task.
    out
        Folder of the job, whose disk must have room, or None where that is not known.

    Raises
    ------
    InputError
        Where its settings, device, images, labels, models or the disk do not do.
    """
    _check_choices(task)
    sources, job = check_request(_request(task, Path(), task.translator))
    need_bytes = training_bytes(job) + masks_bytes(sources)
    if training := task.translator_task:
        from labelbridge.translate.syndiff.checkpoints import disk_need_bytes

        need_bytes += disk_need_bytes(training.training().architecture)
    if out is not None:
        check_room(out, need_bytes, "training and masks")


def tutorship_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> str:
    """Run the job task: train a translator where one is wanted, then nnU-Net on styled images, and make masks.

    Each stage has a folder in `checkpoints` and is passed over where it is done; an interrupted one goes on. `result`
    gets ``masks``, ``model`` and, where one was used, ``translator``.

    Returns
    -------
    str
        How many images have masks, in a sentence.
    """
    task = TutorshipTask.model_validate(dict(settings))
    _check_choices(task)
    stages = _stages(task, checkpoints, reporter)
    translator = task.translator
    if training := task.translator_task:
        translator = _train_translator(training, checkpoints / _TRANSLATOR, stages[_TRANSLATOR])
    request = _request(task, checkpoints, translator)
    bootstrap_files(request, stages[_MASKS], reporter.say, stages[_MODEL])
    link_folder(request.out, result / _MASKS)
    link_folder(checkpoints / _MODEL / RESULT, result / _MODEL)
    if task.translator:
        _copy_translator(task.translator, result / _TRANSLATOR)
    elif translator:
        link_folder(translator, result / _TRANSLATOR)
    return masks_sentence(sources_of(request))


def _check_choices(task: TutorshipTask) -> None:
    if task.translator and task.translator_preset:
        raise InputError(
            "got a translator and the preset of one that is to be trained first, expected one of them: leave "
            "--translator or --translator-preset out."
        )
    if task.translator_minutes and not task.translator_preset:
        raise InputError(
            "got minutes for a translator's training, expected a preset for it, too: add --translator-preset cpu."
        )


def _stages(task: TutorshipTask, checkpoints: Path, reporter: Reporter) -> dict[str, Stage]:
    """Return the reporter of each stage that the job has."""
    preset, settings = task.translator_preset, task.settings
    images = sum(len(source.planes) for source in sources_of(_request(task, checkpoints, None)))
    translated = settings.translated_images if preset or task.translator else 0
    plan: dict[str, list[Step]] = {}
    if preset:
        plan[_TRANSLATOR] = translator_steps(preset, task.translator_minutes)
    plan[_MODEL] = model_steps(task.preset, task.styled_images - translated, translated)
    plan[_MODEL] += round_steps(task.preset, settings.rounds, images)
    plan[_MASKS] = mask_steps(images)
    return stages_of(reporter, plan)


def _request(task: TutorshipTask, checkpoints: Path, translator: Path | None) -> FileRequest:
    """Return what the last two stages do: they train where no model lies in its folder yet, and make masks."""
    return FileRequest(
        images=[task.unlabeled],
        out=checkpoints / _MASKS,
        path="tutorship",
        labeled=task.labeled,
        translator=translator,
        scale=task.scale,
        tile_overlap=task.tile_overlap,
        reading=task.reading,
        absent=task.absent,
        absent_from=task.absent_from,
        goes_on=True,
        kept=checkpoints / _MODEL,
        settings=task.settings,
    )


def _copy_translator(folder: Path, target: Path) -> None:
    """Copy what a translator is of; files of the user's get no second name."""
    with saying_why(target):
        target.mkdir()
        for name in (CARD, WEIGHTS):
            shutil.copyfile(folder / name, target / name)


def _train_translator(task: TranslatorTask, folder: Path, reporter: Reporter) -> Path:
    def train(work: Path, out: Path) -> None:
        from labelbridge.bootstrap.translators.training import train_translator

        train_translator(task, work, out, reporter)

    return trained(folder, train)
