"""Trainings as jobs: checked before there is one, run here or handed over."""

from pathlib import Path
from typing import TYPE_CHECKING

from labelbridge.core import InputError

if TYPE_CHECKING:
    from labelbridge.bootstrap.training import SegmenterTask
    from labelbridge.bootstrap.translatortraining import TranslatorTask
    from labelbridge.jobs import JobSpec

__all__ = ["read_spec", "segmenter_spec", "train_in", "translator_spec"]


def segmenter_spec(task: "SegmenterTask") -> "JobSpec":
    """Return the job of a segmenter's training; raises InputError where its settings or images cannot be used."""
    from labelbridge.io import read_labeled_set
    from labelbridge.jobs import JobSpec
    from labelbridge.segment.nnunet import TrainSettings

    task = task.model_copy(update={"labeled": task.labeled.resolve()})
    TrainSettings.from_preset(task.preset, seed=task.seed, **({"folds": task.folds} if task.folds else {}))
    read_labeled_set(task.labeled, classes=task.classes, channel=task.channel, pixel_size_um=task.pixel_size_um)
    return JobSpec.of("train-segmenter", task.model_dump(mode="json"))


def translator_spec(task: "TranslatorTask") -> "JobSpec":
    """Return the job of a translator's training; raises InputError where its settings or images cannot be used."""
    from labelbridge.bootstrap.translatortraining import check_task
    from labelbridge.jobs import JobSpec

    task = task.model_copy(update={"labeled": task.labeled.resolve(), "unlabeled": task.unlabeled.resolve()})
    check_task(task)
    return JobSpec.of("train-translator", task.model_dump(mode="json"))


def read_spec(file: Path) -> "JobSpec":
    """Read a job's task and settings from a file like ``spec.json`` of a job, and check them.

    Raises
    ------
    InputError
        Where the file or what it asks for cannot be used.
    ValidationError
        Where a setting has a wrong name or value.
    """
    from pydantic import ValidationError

    from labelbridge.jobs import JobSpec

    try:
        spec = JobSpec.model_validate_json(file.read_bytes())
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(
            f'{file}: got {reason}, expected JSON with "task" and "settings", as in a spec.json.'
        ) from error
    if spec.task == "train-segmenter":
        from labelbridge.bootstrap.training import SegmenterTask

        return segmenter_spec(SegmenterTask.model_validate(spec.settings))
    if spec.task == "train-translator":
        from labelbridge.bootstrap.translatortraining import TranslatorTask

        return translator_spec(TranslatorTask.model_validate(spec.settings))
    raise InputError(f"{file}: got task '{spec.task}', expected train-segmenter or train-translator.")


def train_in(out: Path, spec: "JobSpec", *, resume: bool, detach: bool) -> None:
    """Train in this process and say where the result is, or let a process of its own do it and say how to follow it."""
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.jobs import JobFolder, JobStore, LocalRunner, run_job

    if detach:
        JobStore().remember(out)
    folder = JobFolder.prepare(out, spec, resume=resume)
    if detach:
        LocalRunner().submit(folder)
        say(f"{folder.path} is a job now; follow it with: labelbridge jobs watch {folder.path}")
        return
    with ConsoleReporter() as reporter:
        run_job(folder, reporter)
    say(f"The {spec.task.removeprefix('train-')} is in {folder.result}")
