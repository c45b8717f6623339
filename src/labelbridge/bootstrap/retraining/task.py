"""Training a model on with corrected masks, as a task that a job runs."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.bootstrap.settings import Preset
from labelbridge.core import Device, InputError, ModelCard, Reporter, TranslatorCard
from labelbridge.segment import read_card

__all__ = ["RetrainTask", "can_be_trained_on", "check_model", "retrain_task"]


class RetrainTask(BaseModel):
    """Settings of the job task ``retrain``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: Path
    """Folder of the model to start from: a segmenter or a tutored segmenter of LabelBridge."""

    project: Path | None = None
    """Folder of a project whose corrected masks are learnt from."""

    corrected: tuple[Path, ...] = ()
    """Folders of exported masks with their provenance, or of images with masks."""

    images: Path | None = None
    """Folder of the images that the folders in `corrected` have masks of, where they do not lie beside them."""

    verified: bool = False
    """Whether every pixel of the masks in `corrected` is right, whatever a provenance says."""

    channel: str | int | None = None
    """Channel of colour images in `images`, or None for luminance; a project knows its own."""

    journals: Path | None = None
    """Folder of the corrections' journals; None is the one in the user data folder."""

    labeled: Path | None = None
    """Labelled set that the model was trained on, of which a share is learnt again; None does without."""

    scale: float | None = Field(default=None, gt=0)
    """U's fibre size over L's, as it was given when the masks were made, or None to estimate it."""

    preset: Preset = "cpu"
    """How many steps: ``tiny`` to try out, ``cpu`` for minutes on two cores, ``standard`` for a graphics card."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers."""

    device: Device = "auto"
    """Where to train."""


def can_be_trained_on(card: ModelCard | TranslatorCard) -> bool:
    """Return whether a model is one that LabelBridge has trained to segment."""
    return isinstance(card, ModelCard) and card.intensities == "percentiles" and card.structure_size_px is not None


def check_model(folder: Path) -> ModelCard:
    """Return the card of a model that can be trained on.

    Raises
    ------
    InputError
        Where it is none of LabelBridge.
    """
    card = read_card(folder)
    if not can_be_trained_on(card):
        raise InputError(
            f"{folder}: got the model '{card.name}' of others, expected one that LabelBridge has trained; bootstrap "
            "with path tutorship, which can start from it, and retrain that model."
        )
    return card


def retrain_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> str:
    """Run the job task: train on, measure on what was held out, leave the model in `result`; resumes.

    Returns
    -------
    str
        Whether the model has become better, a sentence.
    """
    from labelbridge.bootstrap.retraining.training import retrain

    return retrain(RetrainTask.model_validate(dict(settings)), checkpoints, result, reporter)
