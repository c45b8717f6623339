"""What jobs can do, by the names of their tasks: what each can be told, and what is checked before there is a job."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from labelbridge.core import InputError

__all__ = ["KINDS", "Kind", "checked_task", "task_of"]


class Kind(NamedTuple):
    """Where a task is told of, as ``module:name`` within this room.

    Attributes
    ----------
    settings
        Its settings, a pydantic model.
    check
        Function that is given these and the folder of the job, or None where that is not known, and raises InputError
        where the task cannot be carried out.
    """

    settings: str
    check: str


KINDS = {
    "bootstrap": Kind("tasks.bootstrap:BootstrapTask", "tasks.bootstrap:check_bootstrap"),
    "evaluate-masks": Kind("tasks.evaluation:MaskEvaluationTask", "tasks.evaluation:check_mask_evaluation"),
    "evaluate-translator": Kind(
        "tasks.evaluation:TranslatorEvaluationTask", "tasks.evaluation:check_translator_evaluation"
    ),
    "retrain": Kind("retraining.task:RetrainTask", "retraining.found:check_retraining"),
    "train-segmenter": Kind("training:SegmenterTask", "training:check_segmenter"),
    "train-translator": Kind("translators.task:TranslatorTask", "translators.training:check_task"),
    "tutorship": Kind("tasks.tutorship:TutorshipTask", "tasks.tutorship:check_tutorship"),
}
"""The tasks, by name; `labelbridge.jobs.tasks` tells who does them."""


def task_of(name: str, settings: Mapping[str, object]) -> BaseModel:
    """Return the settings of a task, with paths from the root on, so that any process finds what they name.

    Raises
    ------
    InputError
        Where there is no such task.
    ValidationError
        Where a setting has a wrong name or value.
    """
    if name not in KINDS:
        raise InputError(f"got task '{name}', expected one of {', '.join(KINDS)}.")
    model: type[BaseModel] = _found(KINDS[name].settings)
    task = model.model_validate(dict(settings))
    return task.model_copy(update={field: _absolute(getattr(task, field)) for field in type(task).model_fields})


def checked_task(
    name: str, settings: Mapping[str, object], out: Path | None = None, *, elsewhere: bool = False
) -> BaseModel:
    """Return the settings of a task that can be carried out, as far as that can be told before it begins.

    Parameters
    ----------
    name
        Name of the task.
    settings
        What it is told.
    out
        Folder of the job, or None where that is not known.
    elsewhere
        Whether another computer will do it, so that it does not matter which devices this one has.

    Raises
    ------
    InputError
        Where there is no such task, or settings, device, files or the disk do not do.
    ValidationError
        Where a setting has a wrong name or value.
    """
    task = task_of(name, settings)
    seen = task.model_copy(update={"device": "auto"}) if elsewhere and hasattr(task, "device") else task
    _found(KINDS[name].check)(seen, out)
    return task


def _found(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"labelbridge.bootstrap.{module}"), name)


def _absolute(value: object) -> object:
    if isinstance(value, Path):
        return value.resolve()
    return tuple(_absolute(one) for one in value) if isinstance(value, tuple) else value
