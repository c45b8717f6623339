"""The presenter of the Train dock's page for corrected masks: from what is verified to the job that learns from it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.bootstrap import Preset
from labelbridge.bootstrap.retraining.found import VerifiedFound, look_at_corrected
from labelbridge.bootstrap.retraining.task import RetrainTask, can_be_trained_on
from labelbridge.core import InputError, Reporter
from labelbridge.jobs import JobFolder, JobSpec, submit_job
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.knownmodels import KnownModel
from labelbridge.plugin.presenters.modelshelf import ModelShelf
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.retrainchoices import RetrainChoices
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, Tasks

__all__ = ["SPEEDS", "RetrainPresenter"]

SPEEDS: dict[Preset, str] = {
    "cpu": "quick: some minutes on two cores",
    "standard": "thorough: for a graphics card",
    "tiny": "to try out: nothing is learnt",
}
"""How thoroughly is trained, in the user's words."""


class RetrainPresenter(TaskPresenter):
    """Decides for the page; knows no window. Somebody with a clock calls `go_on` while the page is seen.

    Parameters
    ----------
    tasks
        Looks what is verified, and begins jobs.
    preferences
        Gives what the user prefers in all windows; raises InputError where that cannot be used.
    open_project
        Gives the folder of the project that is open in the window, or None.

    Attributes
    ----------
    choices
        What is chosen.
    found
        What is verified, as somebody saw it last; None where nobody has looked.
    """

    _CANCELLING = ""
    _CANCELLED = ""

    started = Signal(Path)
    """The job in this folder runs when its turn comes."""

    def __init__(
        self, tasks: Tasks, preferences: Callable[[], Preferences], open_project: Callable[[], Path | None]
    ) -> None:
        super().__init__(tasks)
        self._preferences, self._open_project = preferences, open_project
        self._shelf = ModelShelf(preferences)
        self.choices = RetrainChoices.load()
        self.found: VerifiedFound | None = None
        self._looked_at: RetrainTask | None = None
        self.refresh()

    @property
    def project(self) -> Path | None:
        """The project that is learnt from: the one chosen, else the one that is open in the window."""
        return self.choices.project or self._open_project()

    @property
    def models(self) -> list[KnownModel]:
        """The models that can be trained on: those that are no samples first, and of these those for U."""
        found = [model for model in self._shelf.models if model.card and not model.problem]
        fitting = [model for model in found if model.card and can_be_trained_on(model.card)]
        return sorted(fitting, key=lambda model: (model.is_sample, not model.is_tutored))

    @property
    def model(self) -> KnownModel | None:
        """The model to start from: the one chosen, else the one of the Bootstrap dock, else the first that can be."""
        wanted = (self.choices.model, BootstrapChoices.load().model)
        found = {model.folder: model for model in self.models}
        return next((found[folder] for folder in wanted if folder in found), next(iter(found.values()), None))

    @property
    def missing(self) -> str:
        """What the user must still choose, a sentence; empty where that is nothing."""
        if self.choices.source == "project" and self.project is None:
            return "Open a project in the Project dock, or choose its folder here."
        if self.choices.source == "folder" and self.choices.corrected is None:
            return "Choose the folder of exported masks."
        if self.model is None:
            return "There is no model that can learn from corrections yet; make masks by tutorship first."
        return ""

    @property
    def hint(self) -> str:
        """Why nothing can be begun, a sentence; empty where it can."""
        if self.is_busy:
            return ""
        if self.missing:
            return self.missing
        if not self.is_certain or self.found is None:
            return "Press Look again to see what is verified."
        return self.found.problem

    @property
    def is_certain(self) -> bool:
        """Whether what was found is what would be found now, unless masks were corrected meanwhile."""
        return self.found is not None and self._looked_at is not None and self._looked_at == self.task

    @property
    def can_retrain(self) -> bool:
        """Whether a job can begin now."""
        return not (self.is_busy or self.hint)

    @property
    def task(self) -> RetrainTask | None:
        """What is chosen, as a task; None while something is missing."""
        if self.missing or self.model is None:
            return None
        choices = self.choices
        source = (
            {"project": self.project}
            if choices.source == "project"
            else {"corrected": (choices.corrected,), "images": choices.images, "verified": choices.verified}
        )
        chosen = {"model": self.model.folder, "labeled": choices.labeled, "preset": choices.preset}
        return RetrainTask.model_validate({**chosen, **source, **self._preferred()})

    def refresh(self) -> None:
        """Look again at all there is: jobs may have made models, and masks may have been corrected."""
        self._shelf.look(BootstrapChoices.load())
        self._looked_at = None
        self.changed.emit()

    def choose(self, **chosen: object) -> None:
        """Change choices by their names, as `RetrainChoices` has them, and remember them."""
        before, self.choices = self.choices, self.choices.having(**chosen)
        if self.choices != before:
            self.choices.save()
            self.cancel()
            self.changed.emit()

    def go_on(self) -> None:
        """Look what is verified where nobody has looked for the present choices."""
        task = self.task
        if task is None or self.is_busy or self._looked_at == task:
            return
        self._looked_at, self.found = task, None
        self._start(partial(look_at_corrected, task), self._take)

    def look_again(self) -> None:
        """Look once more: masks were corrected or saved meanwhile."""
        self._looked_at = None
        self.go_on()

    def retrain(self) -> None:
        """Begin the job."""
        task = self.task
        if task is None or not self.can_retrain:
            self.failed.emit(Failure(self.hint or "Nothing can be begun yet: the masks are being looked at."))
            return
        self._start(partial(_submit, task), self._started)

    def _take(self, found: VerifiedFound) -> None:
        self.found = found

    def _started(self, folder: JobFolder) -> None:
        self.said.emit(
            f"'{folder.path.name}' is a job now and goes on when napari is closed. The Jobs dock shows how it gets on, "
            "and at its end whether the new model is better; then it can be chosen in the Bootstrap dock."
        )
        self.started.emit(folder.path)

    def _preferred(self) -> dict[str, object]:
        """Return where to compute and where journals are; as usual where the preferences make no sense."""
        try:
            preferences = self._preferences()
        except InputError:
            return {}
        return {"device": preferences.device, "journals": preferences.journal_folder}


def _submit(task: RetrainTask, reporter: Reporter) -> JobFolder:
    reporter.progress(0, 0, "starting the job")
    return submit_job(JobSpec.of("retrain", task.model_dump(mode="json")))
