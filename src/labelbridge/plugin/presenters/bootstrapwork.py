"""What the worker thread does for the Bootstrap dock: read, look, ask the process that computes, put together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Image, Reporter, StageReporter
from labelbridge.plugin.presenters.bootstrapresult import Assembly, BootstrapRequest, BootstrapResult, TrainingNeeded
from labelbridge.plugin.presenters.labeledsets import LabeledSets

__all__ = ["Client", "advise", "bootstrap", "look", "with_labeled"]

_READING = "reading the images"


class Client(Protocol):
    """As `labelbridge.bootstrap.server.InferenceClient`."""

    @property
    def device(self) -> str | None:
        """What the latest masks were or are computed on."""
        ...

    def survey(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> Findings:
        """Compare L and U."""
        ...

    def run(self, plan: Plan, unlabeled: Sequence[Image], image: Image, reporter: Reporter | None = None) -> Outcome:
        """Make the masks of an image."""
        ...

    def preview(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        image: Image,
        window: tuple[slice, slice],
        reporter: Reporter | None = None,
    ) -> Outcome:
        """Make the masks of a window of an image."""
        ...

    def advise(
        self,
        stock: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        *,
        minutes: float | None = None,
    ) -> Advice:
        """Try the paths that there are, and recommend one."""
        ...

    def look_at_sets(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> SetsFound:
        """Look at the images of a training."""
        ...

    def try_training(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> Trial:
        """Do some seconds of a training, to tell what it takes."""
        ...


def look(request: BootstrapRequest, client: Client, sets: LabeledSets, reporter: Reporter) -> Findings:
    """Compare L and U; raises what `InferenceClient` and the readers raise."""
    plan, images = _read(request, sets, reporter)
    return client.survey(plan, list(images.values()), reporter)


def advise(
    request: BootstrapRequest, client: Client, sets: LabeledSets, minutes: float | None, reporter: Reporter
) -> Advice:
    """Find out which path to take; models that are missing are trained for so many minutes, with None not at all.

    Raises what `InferenceClient` and the readers raise.
    """
    plan, images = _read(request, sets, reporter)
    return client.advise(plan, list(images.values()), reporter, minutes=minutes)


def bootstrap(
    request: BootstrapRequest, client: Client, sets: LabeledSets, reporter: Reporter
) -> BootstrapResult | TrainingNeeded:
    """Make masks; where a model must be trained first and the user has not agreed, only compare L and U.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    InputError, InferenceFailed
        As `InferenceClient` and the readers raise them.
    """
    plan, images = _read(request, sets, reporter)
    unlabeled = list(images.values())
    findings = client.survey(plan, unlabeled, reporter)
    if findings.needs_training and not request.may_train:
        return TrainingNeeded(request, findings)
    if request.window is not None:
        outcome = client.preview(plan, unlabeled, images[request.shown.plane], request.window, reporter)
        preview = Assembly(outcome, outcome.prediction.labels.shape)
        preview.add(outcome, ())
        return preview.result(request, findings)
    assembly: Assembly | None = None
    for number, (plane, image) in enumerate(images.items(), start=1):
        told = StageReporter(reporter, f"plane {number} of {len(images)}") if len(images) > 1 else reporter
        outcome = client.run(plan, unlabeled, image, told)
        assembly = assembly or Assembly(outcome, (*request.shown.stack_shape, *request.shown.shape))
        assembly.add(outcome, plane)
    assert assembly is not None  # an image has a plane
    return assembly.result(request, findings)


def with_labeled(plan: Plan, folder: Path | None, sets: LabeledSets) -> Plan:
    """Return a plan with L's images of a folder, where there is one; raises what `LabeledSets.read` raises."""
    if folder is None:
        return plan
    images_suffice = plan.segmenter is not None and plan.path != "tutorship"
    labeled, examples = sets.read(folder, images_suffice=images_suffice)
    return replace(plan, labeled=labeled, examples=examples)


def _read(
    request: BootstrapRequest, sets: LabeledSets, reporter: Reporter
) -> tuple[Plan, dict[tuple[int, ...], Image]]:
    """Return the plan with L's images, and the planes to work on by their indices."""
    reporter.progress(0, 0, _READING)
    plan = with_labeled(request.plan, request.labeled, sets)
    images = {}
    for plane in request.shown.planes(everything=request.all_planes):
        reporter.checkpoint()
        images[plane] = request.shown.read(plane, request.channel)
    return plan, images
