"""The presenter of the Train dock's page for a new modality: what is chosen, what was found, and the job begun."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from psygnal import Signal
from pydantic import JsonValue

from labelbridge.bootstrap.tasks.kinds import task_of
from labelbridge.core import InputError, Reporter
from labelbridge.doctor.torch_probe import TorchFacts
from labelbridge.jobs import JobFolder, JobSpec, submit_job
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.jobsactions import Question
from labelbridge.plugin.presenters.modelshelf import ModelShelf
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, TaskListener, Tasks
from labelbridge.plugin.presenters.trainingchoices import TrainingChoices
from labelbridge.plugin.presenters.trainingdraft import TrainingDraft
from labelbridge.plugin.presenters.traininglook import TrainingClient, TrainingLook

__all__ = ["TrainPresenter"]


class TrainPresenter(TaskPresenter):
    """Decides for the page; knows no window.

    Parameters
    ----------
    tasks
        Begins jobs.
    looking
        Waits for the client.
    probing
        Finds out what this computer has.
    client
        Looks at images and tries trainings in a process of its own.
    preferences
        Gives what the user prefers in all windows; raises InputError where that cannot be used.
    probe
        Asks torch what this computer has; takes seconds.

    Attributes
    ----------
    look
        What was found for what is chosen.
    shelf
        The translators that can be chosen.
    choices
        What is chosen.
    folder
        A new or empty folder for the next job; None makes one where all jobs are.
    """

    asked = Signal(Question)
    """The user must agree first."""

    started = Signal(Path)
    """The job in this folder runs when its turn comes."""

    def __init__(
        self,
        tasks: Tasks,
        looking: Tasks,
        probing: Tasks,
        client: TrainingClient,
        preferences: Callable[[], Preferences],
        probe: Callable[[], TorchFacts],
    ) -> None:
        super().__init__(tasks)
        self.look = TrainingLook(looking, client)
        self.shelf = ModelShelf(preferences)
        self._probing, self._preferences, self._probe = probing, preferences, probe
        self._facts: TorchFacts | None = None
        self.choices = TrainingChoices.load()
        self.folder: Path | None = None
        self.refresh()

    @property
    def draft(self) -> TrainingDraft:
        """What is chosen, as a task."""
        try:
            device = self._preferences().device
        except InputError:
            device = "auto"
        found = self._facts.device if self._facts and device == "auto" else device
        return TrainingDraft(self.choices, device, has_graphics=found == "cuda")

    @property
    def hint(self) -> str:
        """Why nothing can be started, a sentence; empty where it can."""
        if self.is_busy:
            return ""
        draft, found = self.draft, self.look.found
        if draft.missing:
            return draft.missing
        if draft.task is None:
            return "One of the advanced settings has a value that cannot be used."
        if found is not None and found.problems:
            others = f" (and {len(found.problems) - 1} more above)" if len(found.problems) > 1 else ""
            return f"{found.problems[0]}{others} Mend that, then press Look again."
        is_on_its_way = self.look.is_certain or self.look.is_busy or self.look.is_due
        return "" if is_on_its_way else "Press Look again to see what is in the folders."

    @property
    def expected(self) -> str:
        """What is known of time and memory, a sentence; empty where nobody asks yet."""
        if self.choices.cluster is not None:
            return "How long it takes on the cluster is not known here."
        trial = self.look.trial
        if trial is None:
            return "Finding out how long it takes here ..." if self.look.is_busy and self.look.is_certain else ""
        return f"Expected: {trial.sentence}{'' if trial.fits else ': more memory than is free'}."

    @property
    def can_start(self) -> bool:
        """Whether a job can begin now."""
        found = self.look.found
        return not (self.is_busy or self.hint) and self.look.is_certain and found is not None and found.can_start

    def refresh(self) -> None:
        """Look again what can be chosen: jobs and other docks may have made translators or chosen labels."""
        bootstrap = BootstrapChoices.load()
        self.shelf.look(bootstrap)
        if self.choices.translator not in {one.folder for one in self.shelf.translators}:
            self.choices = self.choices.having(translator=None)
        if self.choices.labeled is None and bootstrap.labeled is not None:
            self.choices = self.choices.having(labeled=bootstrap.labeled)
        self._follow()

    def find_out(self) -> None:
        """Ask, once, what this computer has: the presets that suit it come first."""
        if self._facts is None and not self._probing.is_busy:
            self._facts = TorchFacts()
            self._probing.start(lambda _: self._probe(), TaskListener(finished=self._know))

    def choose(self, **chosen: object) -> None:
        """Change choices by their names, as `TrainingChoices` has them, and remember them."""
        before, self.choices = self.choices, self.choices.having(**chosen)
        if self.choices != before:
            self.choices.save()
            self._follow()

    def choose_settings(self, values: Mapping[str, JsonValue]) -> None:
        """Take advanced settings of the present task, those alone that are not as usual."""
        self.choose(settings={**self.choices.settings, self.draft.task_name: dict(values)})

    def choose_folder(self, folder: Path | None) -> None:
        """Put the next job into a new or empty folder; None makes one where all jobs are."""
        self.folder = folder
        self.changed.emit()

    def start(self) -> None:
        """Begin the job; where the memory is not enough, the user is asked first."""
        trial = self.look.trial
        if not self.can_start:
            self.failed.emit(Failure(self.hint or "Nothing can be started yet: the images are being looked at."))
        elif trial is None or trial.fits:
            self._submit()
        else:
            self.asked.emit(
                Question(
                    f"The memory is likely not enough ({trial.sentence}). Start all the same?",
                    "Start",
                    "Begin the job; it may fail, and keeps what it has done.",
                    self._submit,
                )
            )

    def _submit(self) -> None:
        draft = self.draft
        task = draft.submitted
        if task is None:
            return
        self.look.cancel()
        settings = task_of(draft.task_name, task.model_dump(mode="json")).model_dump(mode="json")
        spec = JobSpec.of(draft.task_name, settings)
        on = f"slurm:{self.choices.cluster}" if self.choices.cluster else "local"
        self._start(partial(_submit, spec, self.folder, on), self._started)

    def _started(self, folder: JobFolder) -> None:
        self.folder = None
        self.said.emit(
            f"'{folder.path.name}' is a job now and goes on when napari is closed. The Jobs dock shows how it gets on."
        )
        self.started.emit(folder.path)

    def _follow(self) -> None:
        """Look at what is chosen by now; what another computer takes cannot be tried here."""
        self.look.follow(self.draft.looked_at, tries=self.choices.cluster is None)
        self.changed.emit()

    def _know(self, facts: TorchFacts) -> None:
        self._facts = facts
        self._follow()


def _submit(spec: JobSpec, folder: Path | None, on: str, reporter: Reporter) -> JobFolder:
    reporter.progress(0, 0, "starting the job")
    return submit_job(spec, folder, on=on)
