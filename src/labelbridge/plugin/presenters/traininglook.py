"""What is found in the images of a training, and what it will take: looked at beside the window, as choices change."""

from functools import partial
from typing import Protocol

from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Reporter
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Tasks
from labelbridge.plugin.presenters.trainingdraft import TrainingTask

__all__ = ["TrainingClient", "TrainingLook"]

_NOT_OF_IMAGES = {
    "seed",
    "device",
    "devices",
    "minutes",
    "translator_minutes",
    "compiles",
    "styled_images",
    "translated_share",
    "rounds",
    "tile_overlap",
}
"""Settings that change what a training takes, and not what is found in its images."""


class TrainingClient(Protocol):
    """As `labelbridge.bootstrap.server.InferenceClient`."""

    def look_at_sets(self, task: TrainingTask, reporter: Reporter | None = None) -> SetsFound:
        """Look at the images of a training."""
        ...

    def try_training(self, task: TrainingTask, reporter: Reporter | None = None) -> Trial:
        """Do some seconds of a training, to tell what it takes."""
        ...


class TrainingLook(TaskPresenter):
    """Knows what was found for the present task; somebody with a clock calls `go_on` soon after it has changed.

    Parameters
    ----------
    tasks
        Waits for the client; used for nothing else.
    client
        Looks at images and tries trainings in a process of its own.

    Attributes
    ----------
    found
        What was found in the images of the present folders; None where nobody has looked.
    trial
        What the present task takes; None where it was not tried.
    """

    _CANCELLING = ""
    _CANCELLED = ""

    def __init__(self, tasks: Tasks, client: TrainingClient) -> None:
        super().__init__(tasks)
        self._client = client
        self._task: TrainingTask | None = None
        self._tries = True
        self._found_of: TrainingTask | None = None
        self._given_up: TrainingTask | None = None
        self._asked_of: TrainingTask | None = None
        self.found: SetsFound | None = None
        self.trial: Trial | None = None

    @property
    def is_certain(self) -> bool:
        """Whether what was found is what would be found for the present task."""
        return self._task is not None and _of_images(self._task) == _of_images(self._found_of)

    @property
    def is_due(self) -> bool:
        """Whether there is something to look at or to try that was neither cancelled nor impossible."""
        return self._task is not None and self._task != self._given_up and (not self.is_certain or self._is_trial_due)

    def follow(self, task: TrainingTask | None, *, tries: bool = True) -> None:
        """Take another task, or none; what runs for the one before ends.

        Parameters
        ----------
        task
            The task as it would run on this computer.
        tries
            Whether to find out what it takes here.
        """
        if (task, tries) == (self._task, self._tries):
            return
        is_elsewhere = task is None or self._task is None or _folders(task) != _folders(self._task)
        self._task, self._tries, self.trial, self._asked_of = task, tries, None, None
        if is_elsewhere:
            self.found = self._found_of = None
        self.cancel()
        self.changed.emit()

    def go_on(self) -> None:
        """Begin what is due, unless something runs."""
        task = self._task
        if task is None or self.is_busy or not self.is_due:
            return
        self._asked_of, ended = task, partial(self._end, task)
        if self.is_certain:
            self._start(partial(_try, self._client, task), partial(self._take_trial, task), ended=ended)
        else:
            self._start(partial(_look, self._client, task), partial(self._take_found, task), ended=ended)

    def look_again(self) -> None:
        """Look at the files anew, and try again."""
        self._found_of = self._given_up = self.trial = None
        self.go_on()

    @property
    def _is_trial_due(self) -> bool:
        return self._tries and self.trial is None and self.found is not None and self.found.can_start

    def _end(self, task: TrainingTask) -> None:
        """Give a task up for which there is no answer; one that was left for another meanwhile is begun anew."""
        if task is self._asked_of:
            self._given_up = task

    def _take_found(self, task: TrainingTask, found: SetsFound) -> None:
        if self._task is not None and _of_images(task) == _of_images(self._task):
            self.found, self._found_of, self._given_up = found, task, None

    def _take_trial(self, task: TrainingTask, trial: Trial) -> None:
        if task == self._task:
            self.trial, self._given_up = trial, None


def _look(client: TrainingClient, task: TrainingTask, reporter: Reporter) -> SetsFound:
    reporter.progress(0, 0, "looking at the images")
    return client.look_at_sets(task, reporter)


def _try(client: TrainingClient, task: TrainingTask, reporter: Reporter) -> Trial:
    reporter.progress(0, 0, "finding out how long it takes")
    return client.try_training(task, reporter)


def _folders(task: TrainingTask) -> object:
    return task.labeled, task.unlabeled


def _of_images(task: TrainingTask | None) -> object:
    """Return what decides what is found in the images."""
    return None if task is None else (type(task), task.model_dump(exclude=_NOT_OF_IMAGES))
