"""The look of a modality in a few numbers, so that a model can carry the look of its L with it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Polarity", "StyleStatistics"]

Polarity = Literal["bright-axon", "dark-axon"]
"""``bright-axon``: bright axons in dark myelin (TEM); ``dark-axon``: dark axons in bright myelin (SEM)."""


class StyleStatistics(BaseModel):
    """Intensity statistics of one modality, measured on images at one structure size."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    polarity: Polarity
    """Which of axon and myelin is the brighter."""

    quantiles: tuple[float, ...] = Field(min_length=2)
    """Intensities at evenly spaced ranks from 0 to 1, after scaling each image's 1st-99th percentile to [0, 1]."""

    local_contrast: float = Field(gt=0)
    """Mean standard deviation within a window of one structure size, on the same scale."""

    structure_size_px: float = Field(gt=0)
    """Fibre diameter in px of the images that were measured."""

    fibre_per_response: float = Field(gt=0)
    """Fibre diameter over the sigma of the strongest Laplacian-of-Gaussian response: turns responses into diameters."""

    images: int = Field(ge=1)
    """Number of images measured."""
