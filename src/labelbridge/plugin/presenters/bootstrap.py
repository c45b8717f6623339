"""The presenter of the Bootstrap dock: what is chosen, what is missing, what runs, and what came of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.server import Findings
from labelbridge.core import AnyArray, InputError
from labelbridge.plugin.presenters.advice import GivenAdvice, Subject
from labelbridge.plugin.presenters.bootstrapresult import BootstrapRequest, BootstrapResult, TrainingNeeded
from labelbridge.plugin.presenters.bootstrapwork import Client, advise, bootstrap, look
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.differences import differences
from labelbridge.plugin.presenters.knownmodels import KnownModel
from labelbridge.plugin.presenters.labeledsets import LabeledSets
from labelbridge.plugin.presenters.modelimport import add_model, download
from labelbridge.plugin.presenters.modelshelf import ModelShelf
from labelbridge.plugin.presenters.planning import Draft, training_question
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, Tasks

__all__ = ["BootstrapPresenter"]


class BootstrapPresenter(TaskPresenter):
    """Decides for the Bootstrap dock; knows no window.

    Parameters
    ----------
    tasks
        Does long work and tells in the window's thread.
    client
        Bootstraps in a process of its own.
    images
        Gives the images that can be chosen, the topmost last.
    preferences
        Gives what the user prefers in all windows; raises InputError where that cannot be used.

    Attributes
    ----------
    shelf
        The models and translators that can be chosen.
    scale
        U's fibre size over L's as the user gave it; None estimates it.
    absent
        Classes that the image chosen does not have, as the user says.
    findings
        How L and U compare; None where nobody has looked, or something else was chosen since.
    """

    asked = Signal(str)
    """A training is needed: `agree` begins it."""

    arrived = Signal(BootstrapResult)
    """Masks of an image are here."""

    previewed = Signal(BootstrapResult)
    """Masks of a window of an image are here."""

    compared = Signal(object, object)
    """A layer, and where its two newest sets of masks differ."""

    def __init__(
        self,
        tasks: Tasks,
        client: Client,
        images: Callable[[], Sequence[ShownImage]],
        preferences: Callable[[], Preferences],
    ) -> None:
        super().__init__(tasks)
        self._client, self._images, self._preferences = client, images, preferences
        self._sets = LabeledSets()
        self._layer: object = None
        self._seen_layer: object = None
        self._waiting: BootstrapRequest | None = None
        self._generation = 0
        self.shelf = ModelShelf(preferences)
        self.choices = self.shelf.look(BootstrapChoices.load())
        self.scale: float | None = None
        self.absent: tuple[str, ...] = ()
        self.findings: Findings | None = None
        self._given: GivenAdvice | None = None
        self.refresh()

    @property
    def images(self) -> Sequence[ShownImage]:
        """The images that can be chosen."""
        return self._images()

    @property
    def image(self) -> ShownImage | None:
        """The image chosen; the topmost where the chosen one is gone or none was chosen."""
        images = self._images()
        topmost = images[-1] if images else None
        return next((image for image in images if image.layer == self._layer), topmost)

    @property
    def model(self) -> KnownModel | None:
        """The model chosen."""
        return self.shelf.model(self.choices.model)

    @property
    def draft(self) -> Draft:
        """What is chosen, for the image chosen."""
        return Draft(self.image, self.choices, self.model, self.scale, self.absent)

    @property
    def device(self) -> str | None:
        """What the latest masks were or are computed on."""
        return self._client.device

    @property
    def hint(self) -> str:
        """Why nothing can be begun, a sentence; empty where it can."""
        return "" if self.is_busy else self.draft.missing

    @property
    def advice(self) -> Advice | None:
        """Which path was advised for what is chosen; None where nobody has asked."""
        return self._given.on(self.draft) if self._given else None

    @property
    def can_advise(self) -> bool:
        """Whether there is something to try."""
        return not self.is_busy and not self.draft.missing_for_advice

    @property
    def can_take_advice(self) -> bool:
        """Whether the path that is recommended is another one than is chosen."""
        return not self.is_busy and self.choices != self.choices.having(**self._advised_choices())

    def refresh(self, event: object = None) -> None:
        """Look at the images again, as they were added, removed or renamed."""
        image = self.image
        layer = image.layer if image else None
        if layer != self._seen_layer:
            self._seen_layer = layer
            self.absent = ()
            self._forget()
        self.changed.emit()

    def look_at_models(self) -> None:
        """Look again which models there are: jobs may have made some."""
        before, self.choices = self.choices, self.shelf.look(self.choices)
        if self.choices != before:
            self._forget()
        self.changed.emit()

    def choose_image(self, layer: object) -> None:
        """Take the image of this layer; its scale is estimated anew."""
        self._layer = layer
        self.refresh()

    def choose(self, **chosen: object) -> None:
        """Change choices by their names, as `BootstrapChoices` has them, and remember them.

        Where labels, model, channel or planes change, the scale is estimated anew.
        """
        before, self.choices = self.choices, self.choices.having(**chosen)
        if self.choices == before:
            return
        if {"labeled", "model", "channel", "planes"} & chosen.keys():
            self._forget()
        self.choices.save()
        self.changed.emit()

    def choose_scale(self, scale: float | None) -> None:
        """Take a scale, U's fibre size over L's; None estimates it."""
        self.scale = scale
        self.changed.emit()

    def choose_absent(self, names: tuple[str, ...]) -> None:
        """Take the classes that the image chosen does not have."""
        self.absent = names
        self.changed.emit()

    def add_model(self, source: Path) -> None:
        """Add a model folder, or import a folder or zip of stock nnU-Net, and choose it."""
        self._start(partial(add_model, source, self.shelf.folder), self._model_added)

    def download_model(self, name: str) -> None:
        """Download a model of the catalogue and choose it."""
        self._start(partial(download, name), self._model_added)

    def look(self) -> None:
        """Compare L and U."""
        if request := self._request():
            work = partial(look, request, self._client, self._sets)
            self._start(work, partial(self._take_findings, self._generation))

    def advise(self, *, may_train: bool = False) -> None:
        """Find out which path to take; models that are missing are trained for it only where that was agreed to."""
        if request := self._request(Draft.stock):
            work = partial(advise, request, self._client, self._sets, math.inf if may_train else None)
            self._start(work, partial(self._keep_advice, Subject.of(self.draft)))

    def take_advice(self) -> None:
        """Choose the path that is recommended."""
        self.choose(**self._advised_choices())

    def preview(self, window: tuple[slice, slice]) -> None:
        """Make the masks of a window (rows and columns in px) of the plane that is seen."""
        if request := self._request(window=window):
            self._bootstrap(request)

    def run(self) -> None:
        """Make the masks of the image."""
        if request := self._request():
            self._bootstrap(request)

    def compare(self, layer: object, before: Mapping[str, AnyArray], after: Mapping[str, AnyArray]) -> None:
        """Find out where two sets of masks of a layer differ, as `differences` takes them."""
        self._start(lambda _: differences(before, after), partial(self.compared.emit, layer))

    def agree(self) -> None:
        """Train what is missing, then go on with what was asked for."""
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._bootstrap(replace(waiting, may_train=True))

    def decline(self) -> None:
        """Leave the training, and what was asked for."""
        self._waiting = None
        self.said.emit("Nothing was trained; choose a model or another path to go on without.")

    def _request(
        self,
        plan_of: Callable[[Draft, Preferences], Plan] = Draft.plan,
        *,
        window: tuple[slice, slice] | None = None,
    ) -> BootstrapRequest | None:
        draft = self.draft
        missing = draft.missing_for_advice if plan_of is Draft.stock else draft.missing
        try:
            preferences = self._preferences()
        except InputError as error:
            self.failed.emit(Failure(str(error)))
            return None
        if missing or draft.shown is None:
            self.failed.emit(Failure(missing))
            return None
        return BootstrapRequest(
            draft.shown,
            plan_of(draft, preferences),
            labeled=self.choices.labeled,
            channel=self.choices.channel,
            all_planes=self.choices.planes == "all" and draft.shown.is_stack,
            window=window,
        )

    def _bootstrap(self, request: BootstrapRequest) -> None:
        work = partial(bootstrap, request, self._client, self._sets)
        self._start(work, partial(self._take, self._generation))

    def _take(self, generation: int, result: BootstrapResult | TrainingNeeded) -> None:
        self._keep(generation, result.findings)
        if isinstance(result, TrainingNeeded):
            self._waiting = result.request
            self.asked.emit(training_question(result.request.plan))
            return
        if problem := self._problem_with(result.request.shown):
            self.failed.emit(Failure(problem))
            return
        (self.arrived if result.request.window is None else self.previewed).emit(result)

    def _keep(self, generation: int, findings: Findings) -> None:
        """Keep what was found, unless something else was chosen while it was looked for."""
        if generation == self._generation:
            self.findings = findings

    def _keep_advice(self, subject: Subject, advice: Advice) -> None:
        self._given = GivenAdvice(subject, advice)

    def _advised_choices(self) -> dict[str, object]:
        """Return the choices that take the advice; none where there is none."""
        return self._given.choices(self.draft) if self._given and self.advice else {}

    def _take_findings(self, generation: int, findings: Findings) -> None:
        self._keep(generation, findings)
        for sentence in findings.sentences:
            self.said.emit(f"{sentence[:1].upper()}{sentence[1:]}.")

    def _problem_with(self, shown: ShownImage) -> str:
        """Say that a layer shows another image by now; masks of one that was removed are welcome all the same."""
        image = next((image for image in self._images() if image.layer == shown.layer), None)
        if image is None:
            self.said.emit(f"The layer '{shown.name}' was removed during the run; its masks lie where it lay.")
        if image is None or image.data is shown.data:
            return ""
        return f"The image of layer '{image.name}' was replaced during the run, so its masks do not fit; run again."

    def _model_added(self, added: Path) -> None:
        self.choices = self.shelf.add(added, self.choices)
        self.choices.save()
        self._forget()
        self.said.emit(f"Added {added.name}.")

    def _forget(self) -> None:
        """Forget what was true of another image or other labels."""
        self._generation += 1
        self.scale, self.findings = None, None
