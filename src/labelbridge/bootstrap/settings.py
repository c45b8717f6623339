"""What a user can choose for a bootstrap, a training of L's model and a tutorship."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.core import AXON, MYELIN, Device

__all__ = ["NETWORK_FIBRE_PX", "BootstrapPath", "Preset", "TutorshipSettings"]

NETWORK_FIBRE_PX = 60.0
"""Fibre diameter in px at which our networks are trained: a 128 px patch then shows two large fibres with rings."""

BootstrapPath = Literal["direct", "adaptation", "tutorship"]
"""``direct``: L's model on U as is; ``adaptation``: U→L, then L's model; ``tutorship``: L→U, train, predict."""

Preset = Literal["tiny", "cpu", "standard"]
"""``cpu``: minutes on two cores; ``standard``: nnU-Net's own defaults; ``tiny``: seconds, for tests, useless masks."""


class TutorshipSettings(BaseModel):
    """How a tutorship trains; with the data it makes the key under which the model is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset = "cpu"
    """Training preset of nnU-Net."""

    styled_images: int = Field(default=400, ge=1)
    """Number of images that the stylist draws from L."""

    translated_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the styled images that a trained translator colours, where there is one."""

    rounds: int = Field(default=0, ge=0, le=5)
    """Rounds of self-training: the model's own masks of U, where they can be trusted, are learnt from as well."""

    fibre_px: float = Field(default=NETWORK_FIBRE_PX, gt=0)
    """Fibre diameter in px of the styled images before their random scale."""

    features: tuple[int, ...] | None = None
    """Feature maps of each stage of the network, or None for the preset's."""

    seed: int = 0
    """Seed of the styled set and of the training."""

    classes: tuple[str, ...] = (AXON, MYELIN)
    """Classes to learn; others count as background."""

    device: Device = "auto"
    """Where to train."""

    @property
    def translated_images(self) -> int:
        """Number of the styled images that a trained translator colours, where there is one."""
        return round(self.translated_share * self.styled_images)
