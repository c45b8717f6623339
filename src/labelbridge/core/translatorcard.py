"""What a translator folder's config.json says."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.core.style import StyleStatistics

__all__ = ["TranslatorCard"]


class TranslatorCard(BaseModel):
    """config.json of a translator: what it is, what it was made from, and the look and size of its images."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    """Version of this file's layout."""

    kind: Literal["translator"] = "translator"
    """Tells it from the card of a segmenter."""

    name: str
    """Short name shown to the user."""

    method: Literal["syndiff"] = "syndiff"
    """Which translator can use the weights."""

    architecture: dict[str, object]
    """What decides the shape of the weights, as the method's own settings name it."""

    structure_size_px: float | None = Field(default=None, gt=0)
    """Fibre diameter in px at which it was trained."""

    labeled_structure_size_px: float | None = Field(default=None, gt=0)
    """Fibre diameter in px of L's files, before resampling."""

    crop_px: int | None = Field(default=None, gt=0)
    """Side in px of the crops of the training: tiles of this size suit it best."""

    white: float | None = Field(default=None, gt=0)
    """Intensity in the files that the networks saw as white, 0 being black; None: black and white are percentiles."""

    labeled_style: StyleStatistics | None = None
    """Look of L's images."""

    unlabeled_style: StyleStatistics | None = None
    """Look of U's images; its structure size is that of U's files."""

    description: str = ""
    """What the translator is for, in a sentence or two."""

    origin: str | None = None
    """Where a translator of others came from: the names of its files and their SHA-256."""

    licence: str = "unknown"
    """Licence of the weights."""

    provenance: dict[str, object] = Field(default_factory=dict)
    """Training data hashes, settings, seed and versions."""

    metrics: dict[str, float] = Field(default_factory=dict)
    """Numbers measured on images that were held out of the training."""
