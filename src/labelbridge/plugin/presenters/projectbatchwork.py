"""What the worker thread does for a batch: image after image, each saved at once, and none that ends the others."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.core import Cancelled, Image, InputError, LabelBridgeError, Reporter, StageReporter
from labelbridge.io import image_stem, make_provenance, write_result
from labelbridge.io.names import parse_mask_name
from labelbridge.io.project import Project, new_masks_folder, read_project_image
from labelbridge.plugin.presenters.bootstrapwork import Client, with_labeled
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.labeledsets import LabeledSets
from labelbridge.plugin.presenters.projectchoices import remember_choices

__all__ = ["Batch", "BatchRequest"]

_LOOKED_AT = 5
"""So many images of a project show a tutorship how U looks."""

_TRAINED_WITH_PX = 256
"""Side of the part of an image that is segmented to have the model trained."""

_CORRECTED = ("in correction", "done")

_LEFT_TO_TIME = {"length", "rounds"}
"""Settings of a tutorship that its time decides on."""


@dataclass(frozen=True, eq=False)
class BatchRequest:
    """Which images to bootstrap, and how.

    Attributes
    ----------
    project
        The project.
    names
        Names of its images, in the order in which they are worked on.
    choices
        What the user has chosen.
    plan
        The same as a plan, without L's images.
    may_train
        Whether the user has agreed to a training.
    """

    project: Project
    names: tuple[str, ...]
    choices: BootstrapChoices
    plan: Plan
    may_train: bool = False


@dataclass(eq=False)
class Batch:
    """Work that bootstraps images of a project; may be looked at while it runs in another thread.

    Attributes
    ----------
    request
        What was asked for.
    client
        Computes.
    sets
        Reads L's images.
    finished
        Names of the images that have got masks.
    kept
        For each image whose masks were corrected, a sentence.
    failed
        For each image that could not be bootstrapped, a sentence.
    step
        What is done with the present image: how much of how much, and its name; None before the first image.
    needs_training
        Whether it has ended because a model must be trained first, which the user must agree to.
    """

    request: BatchRequest
    client: Client
    sets: LabeledSets
    finished: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    step: tuple[float, float, str] | None = None
    needs_training: bool = False

    @property
    def done(self) -> int:
        """How many images are behind us, whatever came of them."""
        return len(self.finished) + len(self.kept) + len(self.failed)

    def __call__(self, reporter: Reporter) -> None:
        """Bootstrap the images; what has come of each is said by the attributes.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        InputError
            Where the plan cannot be carried out, or the project cannot be saved: what is finished stays.
        InferenceFailed
            Where the training failed.
        """
        plan = self._prepared(reporter)
        if plan is None:
            return
        for number, name in enumerate(self.request.names, start=1):
            reporter.checkpoint()
            told = _ImageReporter(reporter, self, number, name)
            if not self._is_kept(name):
                self._bootstrap(name, plan, told)

    def _prepared(self, reporter: Reporter) -> Plan | None:
        """Return the plan with all that all images share, trained where need be; None where nobody has agreed."""
        reporter.progress(0, 0, "reading the images")
        plan = with_labeled(self.request.plan, self.request.choices.labeled, self.sets)
        sample = self._sample(plan, reporter)
        if not sample:
            return plan
        findings = self.client.survey(plan, sample, reporter)
        if findings.needs_training and not self.request.may_train:
            self.needs_training = True
            return None
        for sentence in findings.sentences if _learns_from_images(plan) else ():
            reporter.say(f"{sentence[:1].upper()}{sentence[1:]}.")
        if findings.needs_training:
            part = sample[0].with_data(sample[0].data[:_TRAINED_WITH_PX, :_TRAINED_WITH_PX])
            self.client.run(plan, sample, part, reporter)
            findings = self.client.survey(plan, sample, reporter)
        return self._remembered(plan, findings)

    def _remembered(self, plan: Plan, findings: Findings) -> Plan:
        """Save how the project is bootstrapped; of a tutorship remember the model, which suits all images."""
        choices = self.request.choices
        if _learns_from_images(plan):
            choices = choices.having(model=findings.model, translator=None)
            plan = Plan(
                "tutorship",
                tutored=findings.model,
                tile_overlap=plan.tile_overlap,
                settings=plan.settings,
                minutes=plan.minutes,
            )
        remember_choices(self.request.project, choices)
        return plan

    def _sample(self, plan: Plan, reporter: Reporter) -> list[Image]:
        """Read the images that are looked at before anything runs.

        A tutorship looks at some of the whole project, the same ones whatever is asked for, so that its model is found
        again; other paths look at each image by its own.
        """
        images = self.request.project.document.images
        shuffled = [image.name for image in sorted(images, key=lambda image: image.sha256)]
        names, most = (shuffled, _LOOKED_AT) if _learns_from_images(plan) else (self.request.names, 1)
        sample: list[Image] = []
        for name in names:
            reporter.checkpoint()
            try:
                sample.append(read_project_image(self.request.project, name))
            except InputError:  # said when its turn comes
                continue
            if len(sample) == most:
                break
        return sample

    def _is_kept(self, name: str) -> bool:
        """Return whether an image was corrected, and note the sentence."""
        is_kept = self.request.project.image(name).state in _CORRECTED
        if is_kept:
            self.kept.append(f"'{name}' was corrected already, so its masks stay as they are.")
        return is_kept

    def _bootstrap(self, name: str, plan: Plan, reporter: Reporter) -> None:
        try:
            image = read_project_image(self.request.project, name)
            plan = replace(plan, absent=AbsentClasses(self.request.project.image(name).absent))
            findings = self.client.survey(plan, [image], reporter)
            outcome = self.client.run(plan, [image], image, reporter)
        except Cancelled:
            raise
        except (LabelBridgeError, MemoryError) as error:
            sentence = str(error) or "the memory is not enough for this image."
            is_named = image_stem(Path(sentence.partition(": ")[0])) == name
            self.failed.append(sentence if is_named else f"{name}: {sentence}")
            return
        reporter.checkpoint()
        self._save(image, outcome, _settings(plan, findings, self.request.project.channel_of(name)))

    def _save(self, image: Image, outcome: Outcome, settings: dict[str, object]) -> None:
        """Save masks as a new version, which becomes current unless the image was corrected meanwhile."""
        project, name = self.request.project, image.name
        record = make_provenance([image], models=outcome.models, settings=settings)
        stem = name if image.source is None else image_stem(image.source)
        folder = new_masks_folder(project, name)
        files = write_result(outcome.prediction, replace(image, name=stem), folder, provenance=record, overwrite=False)
        if self._is_kept(name):
            return
        masks = [file for file in files if parse_mask_name(file)]
        project.update_image(name, masks=masks, state="bootstrapped")
        self.finished.append(name)


class _ImageReporter(StageReporter):
    """Tells of one image of many: the bar is that of all."""

    def __init__(self, inner: Reporter, batch: Batch, number: int, name: str) -> None:
        self._batch, self._behind, self._total = batch, number - 1, len(batch.request.names)
        super().__init__(inner, f"image {number} of {self._total}, {name}")

    def progress(self, done: float, total: float, stage: str) -> None:
        """Tell how many images are behind us, and how far this one is in words."""
        self._batch.step = done, total, stage
        share = f" {min(1.0, done / total):.0%}" if total else ""
        self._inner.progress(self._behind, self._total, f"{self._prefix}: {stage}{share}")


def _learns_from_images(plan: Plan) -> bool:
    """Return whether a model is trained that depends on the images of U."""
    return plan.path == "tutorship" and plan.tutored is None


def _settings(plan: Plan, findings: Findings, channel: str | int) -> dict[str, object]:
    survey = findings.survey
    return {
        "path": plan.path,
        "scale": survey.scale.scale if survey else None,
        "scale_given": False,
        "polarity": survey.polarity.polarity if survey else None,
        "channel": channel,
        "tile_overlap": plan.tile_overlap,
        "absent": plan.absent.everywhere,
        "findings": list(findings.sentences),
        "minutes": plan.minutes,
        "training": plan.settings.model_dump(mode="json", exclude=_LEFT_TO_TIME if plan.minutes else None),
    }
