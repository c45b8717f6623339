"""Which function does which task, by name: so that jobs need not know the rooms that work for them."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from labelbridge.core import InputError, Reporter

__all__ = ["TASKS", "Task", "find_task"]

TASKS = {
    "bootstrap": "labelbridge.bootstrap.tasks.bootstrap:bootstrap_task",
    "evaluate-masks": "labelbridge.bootstrap.tasks.evaluation:evaluate_masks_task",
    "evaluate-translator": "labelbridge.bootstrap.tasks.evaluation:evaluate_translator_task",
    "retrain": "labelbridge.bootstrap.retraining.task:retrain_task",
    "train-segmenter": "labelbridge.bootstrap.training:train_segmenter_task",
    "train-translator": "labelbridge.bootstrap.translators.training:train_translator_task",
    "tutorship": "labelbridge.bootstrap.tasks.tutorship:tutorship_task",
}
"""``module:function`` of each task; the function is a `Task`."""


class Task(Protocol):
    """Work that can be interrupted and continued."""

    def __call__(
        self, settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter
    ) -> str | None:
        """Do the work.

        Parameters
        ----------
        settings
            The spec's settings, as JSON gives them.
        checkpoints
            Folder that is kept between runs; what lies there is continued.
        result
            Path of the result, a folder that the task makes; it gets its final name after the task has returned.
        reporter
            Receives progress; the task asks it at safe points whether to stop, and raises Cancelled.

        Returns
        -------
        str or None
            What the user must know of the result, a sentence or two; None where that it is there is all.
        """
        ...


def find_task(name: str) -> Task:
    """Import the function of a task.

    Raises
    ------
    InputError
        Where there is no such task.
    """
    if name not in TASKS:
        raise InputError(f"got a job with task '{name}', expected one of {sorted(TASKS)}; update labelbridge.")
    module, _, function = TASKS[name].partition(":")
    return cast("Task", getattr(import_module(module), function))
