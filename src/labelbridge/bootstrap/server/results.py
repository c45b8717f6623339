"""What the server answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.sets.samplepicture import sample_picture
from labelbridge.bootstrap.survey import Survey
from labelbridge.core import FloatArray, Image, Prediction

__all__ = ["Findings", "Outcome", "findings_of"]


@dataclass(frozen=True, eq=False)
class Findings:
    """How L and U compare, before anything runs.

    Attributes
    ----------
    survey
        Sizes, polarities and looks; None where nothing is known of L's look.
    sentences
        The same for the user, a sentence each.
    labeled_sample, unlabeled_sample
        The middle of the first image of L and of U, resampled so that fibres are equally large in both: (Y, X), at most
        256 px a side, float32 in [0, 1]. None where there is no survey, or no image of L.
    needs_training
        Whether a model must be trained, or its training finished, before the first prediction.
    model
        Folder of the model that predicts; None where one must be trained first.
    """

    survey: Survey | None
    sentences: tuple[str, ...]
    labeled_sample: FloatArray | None
    unlabeled_sample: FloatArray | None
    needs_training: bool
    model: Path | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """The masks of an image or of a window of it.

    Attributes
    ----------
    prediction
        Classes and uncertainty, of exactly the shape asked for; the arrays may be written to.
    translated
        In `adaptation` the image as the model saw it, made to look like L: (Y, X), float32 in [0, 1]; else None.
    models
        What the provenance says of all models in use, by their role.
    device
        What it was computed on: ``cpu``, ``cuda`` or ``mps``.
    """

    prediction: Prediction
    translated: FloatArray | None
    models: dict[str, object]
    device: str


def findings_of(job: Bootstrap, plan: Plan, unlabeled: Sequence[Image]) -> Findings:
    """Return what a bootstrap has found by its plan in its images of U."""
    found = job.survey
    shown = [sample.image for sample in plan.labeled[:1]] or plan.examples[:1]
    needs_training = job.needs_training()
    return Findings(
        survey=found,
        sentences=tuple(job.sentences()),
        labeled_sample=sample_picture(shown[0], found.labeled.size_px) if found and shown else None,
        unlabeled_sample=sample_picture(unlabeled[0], found.fibre_px(unlabeled[0])) if found else None,
        needs_training=needs_training,
        model=None if needs_training else job.model_folder(),
    )
