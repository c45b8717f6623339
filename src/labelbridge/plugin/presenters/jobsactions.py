"""What can be done to the selected job, each thing in words and after consent where something would be lost."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.core import Device, Reporter
from labelbridge.jobs import (
    Checkpoint,
    JobFolder,
    JobInfo,
    JobStore,
    delete_job,
    resume_job,
    runner_of,
    stop_job,
    use_checkpoint,
    write_report,
)
from labelbridge.plugin.presenters.jobmasks import JobMasks, makes_masks, masks_of_job
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.journalkeeping import size_text
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Tasks

__all__ = ["JobActions", "Question"]

_CAN_RESUME = ("cancelled", "failed", "lost")


@dataclass(frozen=True)
class Question:
    """Something that needs consent.

    Attributes
    ----------
    sentence
        What would happen.
    agree, tooltip
        Text of the button that agrees, and more about it.
    act
        What is done then.
    """

    sentence: str
    agree: str
    tooltip: str
    act: Callable[[], object]


class JobActions(TaskPresenter):
    """Stops, resumes, deletes and reports the selected job, or gives it another result.

    Parameters
    ----------
    tasks
        Does it, beside those that look at the jobs.
    jobs
        Knows which job is selected.
    store
        The jobs.
    """

    asked = Signal(Question)
    """The user must agree first."""

    masks_found = Signal(JobMasks)
    """The masks that somebody wants to see."""

    def __init__(self, tasks: Tasks, jobs: JobsPresenter, store: JobStore) -> None:
        super().__init__(tasks)
        self._jobs, self._store = jobs, store

    @property
    def can_stop(self) -> bool:
        """Whether the job runs or waits, and was not asked to stop."""
        info = self._readable()
        return info is not None and info.status.state in ("queued", "running")

    @property
    def can_end(self) -> bool:
        """Whether the job was asked to stop and still runs."""
        info = self._readable()
        return info is not None and info.status.state == "stopping"

    @property
    def can_resume(self) -> bool:
        """Whether the job can go on."""
        info = self._readable()
        return info is not None and info.status.ending in _CAN_RESUME

    @property
    def can_go_on_elsewhere(self) -> bool:
        """Whether the job failed where the CPU was not what it was to compute on."""
        info = self._readable()
        return info is not None and info.status.ending == "failed" and info.device not in ("", "cpu")

    @property
    def can_delete(self) -> bool:
        """Whether the job has ended, so that its folder can go."""
        info = self._readable()
        return info is not None and info.status.state == "ended"

    @property
    def can_open_masks(self) -> bool:
        """Whether the job has made masks of images."""
        info = self._readable()
        return info is not None and makes_masks(info)

    def stop(self) -> None:
        """Ask the job to save its work and end."""
        self._do(lambda info, _: stop_job(info.folder), "'{}' stops as soon as its work is saved.")

    def end(self) -> None:
        """End the job at once, if the user agrees."""
        if info := self._readable():
            self.asked.emit(
                Question(
                    f"End '{info.name}' at once? What came after its last checkpoint is lost.",
                    "End now",
                    "Do not wait until its work is saved.",
                    partial(self._do, lambda info, _: runner_of(info.folder).end(info.folder), "'{}' has ended.", info),
                )
            )

    def resume(self, device: Device | None = None) -> None:
        """Continue the job from its last checkpoint, on another device where one is given."""

        def go_on(info: JobInfo, _: Reporter) -> None:
            self._store.remember(info.folder.path)
            resume_job(info.folder, device=device)

        self._do(go_on, "'{}' goes on from its last checkpoint when its turn comes.")

    def delete(self) -> None:
        """Delete the job's folder, if the user agrees."""
        if info := self._readable():
            self._start(partial(_content_of, info.folder), partial(self._ask_to_delete, info))

    def find_masks(self) -> None:
        """Find out which masks the job has made."""
        if info := self._readable():
            self._start(lambda _: masks_of_job(info.folder), self.masks_found.emit)

    def save_report(self, file: Path) -> None:
        """Write a zip about the job for those who are asked for help."""
        if info := self._jobs.selected:
            said = f"The report is in {file}: no image and no model is in it."
            self._start(partial(_report, info.folder, file), lambda _: self.said.emit(said))

    def use(self, chosen: Checkpoint) -> None:
        """Make a model that was set aside the job's result, if the user agrees."""
        info = self._readable()
        if info is None:
            return

        def publish(info: JobInfo, reporter: Reporter) -> None:
            reporter.progress(0, 0, "copying the model")
            use_checkpoint(info.folder, chosen, ends=True)

        said = f"The result of '{{}}' is the model after {chosen.step:,} steps."
        self.asked.emit(
            Question(
                f"{_before_use(info, self._jobs.details.used_step)} Make the model after {chosen.step:,} steps (score "
                f"{chosen.score:.3f}) its result?",
                "Use it",
                "Make this model the job's result.",
                partial(self._do, publish, said, info),
            )
        )

    def _readable(self) -> JobInfo | None:
        info = self._jobs.selected
        return info if info is not None and not info.problem else None

    def _do(self, act: Callable[[JobInfo, Reporter], object], said: str, info: JobInfo | None = None) -> None:
        """Act on a job, by default the selected one, say so, and look what has become of it."""
        info = info or self._readable()
        if info is None:
            return

        def done(_: object) -> None:
            self.said.emit(said.format(info.name))
            self._jobs.look_soon()

        self._start(partial(act, info), done)

    def _ask_to_delete(self, info: JobInfo, content: str) -> None:
        def remove(info: JobInfo, reporter: Reporter) -> None:
            reporter.progress(0, 0, "deleting")
            delete_job(info.folder, with_result=True)
            self._store.forget(info.folder.path)

        self.asked.emit(
            Question(
                f"Delete '{info.name}' for good? {content}",
                "Delete",
                f"Delete the folder {info.folder.path}.",
                partial(self._do, remove, "'{}' is deleted.", info),
            )
        )


def _before_use(info: JobInfo, used: int | None) -> str:
    """Say what giving a job a result changes."""
    if info.status.ending != "finished":
        return f"'{info.name}' is {info.status.ending}: with a result it counts as finished and cannot be resumed."
    return f"The present result, the model after {used:,} steps, stays among the checkpoints." if used else ""


def _report(folder: JobFolder, file: Path, reporter: Reporter) -> None:
    reporter.progress(0, 0, "writing the report")
    write_report(folder, file, overwrite=True)


def _content_of(folder: JobFolder, reporter: Reporter) -> str:
    """Say in a sentence what goes with a job's folder."""
    reporter.progress(0, 0, "looking what is in the folder")
    size = size_text(sum(file.stat().st_size for file in folder.path.rglob("*") if file.is_file()))
    parts = ["its settings, log and curves"]
    parts += ["its previews"] if folder.previews.is_dir() else []
    parts += ["its checkpoints"] if _has_any(folder.checkpoints) else []
    parts += ["its result, the trained model"] if folder.result.exists() else []
    return f"{size} go with it: {', '.join(parts)}."


def _has_any(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
