"""How strongly the stylist varies."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Range", "StyleSettings"]

Range = tuple[float, float]
"""Lowest and highest value of a uniform draw."""


class StyleSettings(BaseModel):
    """Ranges of the stylist's random draws; intensities are fractions of the image's range [0, 1]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    myelin_level: Range = (0.5, 1.0)
    """Mean intensity of myelin where axons are dark (mirrored where they are bright)."""

    axon_level: Range = (0.05, 0.45)
    """Mean intensity of axons where axons are dark."""

    background_level: Range = (-0.5, 0.85)
    """Position of the background between axon (0) and myelin (1); below 0 it is darker than the axons."""

    gaps: float = Field(default=0.5, ge=0, le=1)
    """Probability of gaps: parts of the background, up to all of it, without texture and about as dark as axons."""

    texture_gain: Range = (0.1, 1.3)
    """Factor on a class's own texture; its sign is drawn too."""

    fibre_jitter: Range = (0.0, 0.12)
    """Standard deviation of the level from fibre to fibre."""

    border_px: Range = (0.4, 1.6)
    """Sigma of the soft transition between classes, in px."""

    myelin_growth_px: Range = (-0.5, 3.0)
    """How far myelin grows into the axon, as calibre-to-myelin ratios differ between tissues."""

    gamma: Range = (0.65, 1.55)
    """Exponent of the intensity curve."""

    shading: Range = (0.0, 0.3)
    """Depth of uneven illumination."""

    halo: Range = (0.0, 1.2)
    """Strength of bright and dark halos along edges, as charging and detectors make them."""

    blur_px: Range = (0.0, 1.6)
    """Sigma of the blur in px."""

    noise: Range = (0.0, 0.12)
    """Standard deviation of the noise, partly shot noise."""

    charging: float = Field(default=0.3, ge=0, le=1)
    """Probability of charging: saturated spots and streaks along the scan lines."""

    scale: Range = (0.4, 1.4)
    """Size of the fibres relative to the size asked for."""

    stretch: Range = (0.85, 1.18)
    """Change of the aspect ratio."""
