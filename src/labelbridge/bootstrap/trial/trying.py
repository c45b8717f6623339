"""A few seconds of a training, which tell how long all of it takes and what memory it needs."""

import time

import torch

from labelbridge.bootstrap.sets.comparing import ComparedSets, compare_sets
from labelbridge.bootstrap.sets.looking import Notes
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import NoRoom, StageTime, Trial
from labelbridge.bootstrap.trial.freememory import free_bytes
from labelbridge.bootstrap.trial.translator import try_translator
from labelbridge.bootstrap.trial.tutorship import try_tutorship
from labelbridge.core import InputError, Reporter, resolve_device

__all__ = ["try_training"]

_BUDGET_S = 8.0


def try_training(task: TranslatorTask | TutorshipTask, reporter: Reporter) -> Trial:
    """Do a few steps of a training on its device and tell what the whole takes.

    A trial that would need more memory than there is is not begun. A trial takes some seconds besides what it takes to
    read the images, or as long as one step where that is longer.

    Parameters
    ----------
    task
        The training.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    InputError
        Where the images, the settings or the device do not do.
    Cancelled
        Where the reporter asked to stop.
    """
    device = resolve_device(task.device)
    free = free_bytes(device)
    begun, notes = time.monotonic(), Notes()
    sets = compare_sets(task, notes, reporter)
    if notes.problems or sets.found is None:
        raise InputError(notes.problems[0])
    looked_at, there = len(sets.unlabeled.images), len(sets.unlabeled.members)
    reading = StageTime("reading the images", (time.monotonic() - begun) * there / looked_at)
    try:
        if isinstance(task, TranslatorTask):
            return _of_translator(task, sets, sets.found, reading, free, reporter)
        return _of_tutorship(task, sets, sets.found, reading, free, reporter)
    except NoRoom as error:
        return Trial.of(device.type, (), error.need_bytes, free)
    except (torch.OutOfMemoryError, MemoryError):
        return Trial.of(device.type, (), free + 1, free)


def _of_translator(
    task: TranslatorTask, sets: ComparedSets, found: Survey, reading: StageTime, free: int, reporter: Reporter
) -> Trial:
    trial = try_translator(task, sets, found, _BUDGET_S, reporter)
    device = resolve_device(task.device).type
    return Trial.of(device, (reading, *trial.stages), trial.memory_bytes, free, is_rough=trial.is_rough)


def _of_tutorship(
    task: TutorshipTask, sets: ComparedSets, found: Survey, reading: StageTime, free: int, reporter: Reporter
) -> Trial:
    stages, memory_bytes, translation, is_rough = [reading], 0, None, False
    budget_s = _BUDGET_S
    if training := task.translator_task:
        budget_s = _BUDGET_S / 2
        trial = try_translator(training, sets, found, budget_s, reporter)
        stages += trial.stages
        memory_bytes, translation, is_rough = trial.memory_bytes, trial.translation, trial.is_rough
    rest = try_tutorship(task, sets, found, translation, budget_s, reporter)
    device = resolve_device(task.device).type
    memory_bytes = max(memory_bytes, rest.memory_bytes)
    return Trial.of(device, (*stages, *rest.stages), memory_bytes, free, is_rough=is_rough)
