"""What a model folder's config.json says."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.core.style import StyleStatistics

__all__ = ["ModelCard"]


class ModelCard(BaseModel):
    """config.json of a model: what it is, what it was made from, and the look and size of its images."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    """Version of this file's layout."""

    kind: Literal["segmenter", "tutored-segmenter"] = "segmenter"
    """``tutored-segmenter``: trained for images of U as they are, by tutorship or with corrected masks; ``segmenter``:
    trained on L as it is."""

    name: str
    """Short name shown to the user."""

    classes: tuple[str, ...]
    """Class names in the order of the values, background first."""

    structure_size_px: float | None = Field(default=None, gt=0)
    """Fibre diameter in px of the training images, at the size the network saw."""

    labeled_structure_size_px: float | None = Field(default=None, gt=0)
    """Fibre diameter in px of L's files, before resampling."""

    style: StyleStatistics | None = None
    """Look of L at the network's size; lets adaptation run without L's images."""

    pixel_size_um: float | None = Field(default=None, gt=0)
    """Pixel size of the training images in um, where all had one and it is known."""

    intensities: Literal["percentiles", "file"] = "percentiles"
    """What training normalised: intensities between each image's 1st and 99th percentile, or the file's own values."""

    mirror_axes: tuple[Literal[0, 1], ...] = (0, 1)
    """Axes (0: Y, 1: X) along which training images were mirrored; prediction may average over views mirrored so."""

    temperature: float = Field(default=1.0, gt=0)
    """What the logits are divided by before the uncertainty is told (`core.tempered`); 1 where none was fitted."""

    description: str = ""
    """What the model is for, in a sentence or two."""

    origin: str | None = None
    """Where a model of others came from: its file's name and SHA-256, or the address it was downloaded from."""

    licence: str = "unknown"
    """Licence of the weights."""

    folds: tuple[str, ...] = ()
    """Trained folds, e.g. ("0", "1") or ("all",)."""

    provenance: dict[str, object] = Field(default_factory=dict)
    """Training data hashes, settings, seed and versions."""

    metrics: dict[str, float] = Field(default_factory=dict)
    """Numbers measured at the end of training."""
