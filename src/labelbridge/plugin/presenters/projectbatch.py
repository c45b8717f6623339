"""The presenter of a batch: which images, with which choices, how far it is, and what has come of it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from psygnal import Signal

from labelbridge.core import InputError
from labelbridge.jobs.timeleft import TimeLeft
from labelbridge.plugin.presenters.bootstrapwork import Client
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.labeledsets import LabeledSets
from labelbridge.plugin.presenters.modelshelf import ModelShelf
from labelbridge.plugin.presenters.planning import Draft, best_in, training_question
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.projectbatchwork import Batch, BatchRequest
from labelbridge.plugin.presenters.projectchoices import remembered_choices
from labelbridge.plugin.presenters.projectfolder import OpenProject
from labelbridge.plugin.presenters.projectwork import set_channel
from labelbridge.plugin.presenters.shownimage import COLOUR_CHANNELS
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, Progress, Tasks

__all__ = ["BatchPresenter"]

_TOLD_ONE_BY_ONE = 3


class BatchPresenter(TaskPresenter):
    """Bootstraps images of a project one after the other.

    Parameters
    ----------
    tasks
        Does the work and tells in the window's thread.
    client
        Bootstraps in a process of its own.
    preferences
        Gives what the user prefers in all windows; raises InputError where that cannot be used.

    Attributes
    ----------
    repeats
        Whether the project is bootstrapped as it was before, where it was; else as the Bootstrap dock's choices are.
    draft
        With what the next batch is done.
    """

    asked = Signal(str)
    """A training is needed: `agree` begins it."""

    image_done = Signal(str)
    """The masks of the image of this name are saved."""

    def __init__(self, tasks: Tasks, client: Client, preferences: Callable[[], Preferences]) -> None:
        super().__init__(tasks)
        self._client, self._preferences = client, preferences
        self._sets, self._shelf = LabeledSets(), ModelShelf(preferences)
        self._opened: OpenProject | None = None
        self._waiting: BatchRequest | None = None
        self._batch: Batch | None = None
        self._told, self._all_left, self._stage_left = 0, TimeLeft(), TimeLeft()
        self._before: BootstrapChoices | None = None
        self.repeats = True
        self.draft = Draft(None, BootstrapChoices(), None)

    @property
    def device(self) -> str | None:
        """What the latest masks were or are computed on."""
        return self._client.device

    @property
    def is_open(self) -> bool:
        """Whether there is a project to work on."""
        return self._opened is not None

    @property
    def was_bootstrapped(self) -> bool:
        """Whether the project remembers how it was bootstrapped."""
        return self._before is not None

    @property
    def hint(self) -> str:
        """Why no batch can begin, a sentence; empty where it can."""
        if self._opened is None or self.is_busy:
            return ""
        missing = self.draft.missing_beside_image
        return f"{missing} The Bootstrap dock is where to choose." if missing else ""

    @property
    def channel(self) -> str | int:
        """What is taken of the project's colour images."""
        return self._opened.project.document.channel if self._opened else COLOUR_CHANNELS[0]

    @property
    def description(self) -> str:
        """With what the next batch is done, in a line."""
        draft = self.draft
        parts = [best_in(draft.minutes) if draft.minutes else f"path {draft.path}"]
        if draft.model:
            parts.append(f"model {draft.model.title}")
        if draft.choices.labeled:
            parts.append(f"labelled images {draft.choices.labeled.name}")
        if draft.wants_translator:
            translator = draft.choices.translator
            parts.append(f"translator {translator.name if translator else 'intensities'}")
        return ", ".join(parts)

    def take(self, opened: OpenProject | None) -> None:
        """Work on another project, or on none."""
        self._opened, self._waiting, self.repeats = opened, None, True
        self.look()

    def look(self) -> None:
        """Look at the choices again, as those of the Bootstrap dock may have changed."""
        self._before = remembered_choices(self._opened.project) if self._opened else None
        wanted = self._before if self.repeats and self._before else BootstrapChoices.load()
        choices = self._shelf.look(wanted)
        self.draft = Draft(None, choices, self._shelf.model(choices.model))
        self.changed.emit()

    def choose(self, *, repeats: bool) -> None:
        """Take the choices that the project remembers, or those of the Bootstrap dock."""
        self.repeats = repeats
        self.look()

    def choose_channel(self, channel: str) -> None:
        """Take another channel of the project's colour images, and remember it in the project."""
        if self._opened is not None:
            self._batch = None
            self._start(partial(set_channel, self._opened, channel), lambda _: None)

    def run_all(self) -> None:
        """Bootstrap all images that have no masks yet."""
        if self._opened is None:
            return
        images = self._opened.project.document.images
        names = [image.name for image in images if image.state == "new"]
        self._run(names)
        if len(names) < len(images):
            self.said.emit(f"Images that had masks already: {len(images) - len(names):,} of {len(images):,}.")

    def run_selected(self, names: Collection[str]) -> None:
        """Bootstrap these images; those that have masks get new ones beside, unless they were corrected."""
        self._run(names)

    def agree(self) -> None:
        """Train what is missing, then go on with the batch."""
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._begin(replace(waiting, may_train=True))

    def decline(self) -> None:
        """Leave the training, and the batch."""
        self._waiting = None
        self.said.emit("Nothing was trained; choose a model or another path in the Bootstrap dock to go on without.")

    def _run(self, names: Collection[str]) -> None:
        if self._opened is None:
            return
        try:
            self._begin(self._request(self._opened, names))
        except InputError as error:
            self.failed.emit(Failure(str(error)))

    def _request(self, opened: OpenProject, names: Collection[str]) -> BatchRequest:
        """Return what is to be done; raises InputError where it cannot."""
        opened.check_writable()
        self.look()
        draft = self.draft
        if self.hint:
            raise InputError(self.hint)
        if not names:
            raise InputError("There is no image to bootstrap; add images, or select some that have masks already.")
        return BatchRequest(opened.project, tuple(names), draft.choices, draft.plan(self._preferences()))

    def _begin(self, request: BatchRequest) -> None:
        if self.is_busy:
            self.failed.emit(Failure("A batch is being computed; wait until it is done, or cancel it."))
            return
        self._batch = Batch(request, self._client, self._sets)
        self._told, self._all_left, self._stage_left = 0, TimeLeft(), TimeLeft()
        self._start(self._batch, self._take, ended=self._report)

    def _progressed(self, progress: Progress) -> None:
        """Tell how long it will take: all images once one is behind us, until then what is done with the first."""
        self._tell_finished()
        batch = self._batch
        if batch is not None and batch.step is not None:
            left_s = self._all_left.after(batch.done, len(batch.request.names), "images")
            stage_left_s = self._stage_left.after(*batch.step)
            progress = replace(progress, left_s=left_s if batch.done else stage_left_s)
        super()._progressed(progress)

    def _fail(self, failure: Failure) -> None:
        """Tell why the batch has ended, and in the details which images had failed before."""
        sentences = self._batch.failed if self._batch else []
        super()._fail(replace(failure, details="\n".join([*sentences, *filter(None, [failure.details])])))

    def _tell_finished(self) -> None:
        if self._batch is not None:
            new = self._batch.finished[self._told :]
            self._told += len(new)
            for name in new:
                self.image_done.emit(name)

    def _take(self, _: object) -> None:
        batch = self._batch
        if batch is not None and batch.needs_training:
            self._waiting = batch.request
            self.asked.emit(training_question(batch.request.plan))

    def _report(self) -> None:
        """Say what has come of the batch, however it has ended."""
        self._tell_finished()
        batch = self._batch
        if batch is None or batch.needs_training:
            return
        total = len(batch.request.names)
        self.said.emit(f"Images with new masks: {len(batch.finished):,} of {total:,}.")
        if batch.done < total:
            self.said.emit("The others are done when you press Bootstrap again.")
        for sentence in batch.kept[:_TOLD_ONE_BY_ONE]:
            self.said.emit(sentence)
        if len(batch.kept) > _TOLD_ONE_BY_ONE:
            self.said.emit(f"{len(batch.kept):,} images were corrected already, so their masks stay as they are.")
        if batch.failed:
            self.failed.emit(_failure(batch.failed))


def _failure(sentences: list[str]) -> Failure:
    """Return the sentences of images that failed: some to be read at once, many as details."""
    if len(sentences) <= _TOLD_ONE_BY_ONE:
        return Failure("\n".join(sentences))
    return Failure(f"{len(sentences):,} images have got no masks; the details say why.", "\n".join(sentences))
