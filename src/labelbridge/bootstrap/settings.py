"""What a user can choose for a bootstrap, a training of L's model and a tutorship."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.core import AXON, MYELIN, Device

__all__ = [
    "NETWORK_FIBRE_PX",
    "SEEN_LARGER",
    "USUAL_MINUTES",
    "BootstrapPath",
    "Preset",
    "TutorshipSettings",
    "best_path",
]

NETWORK_FIBRE_PX = 60.0
"""Fibre diameter in px at which our networks are trained: a 128 px patch then shows two large fibres with rings."""

SEEN_LARGER = 1.25
"""How much larger a tutored model sees U's fibres than it has learnt L's: it finds more of the small ones, and the
random sizes of what it has learnt from reach so far."""

USUAL_MINUTES = 10.0
"""Time for the best masks where the user names none."""

BootstrapPath = Literal["direct", "adaptation", "tutorship"]
"""``direct``: L's model on U as is; ``adaptation``: U→L, then L's model; ``tutorship``: L→U, train, predict."""

Preset = Literal["tiny", "cpu", "standard"]
"""``cpu``: minutes on two cores; ``standard``: nnU-Net's own defaults; ``tiny``: seconds, for tests, useless masks."""


def best_path(*, has_labels: bool, has_tutored: bool) -> BootstrapPath:
    """Return the path to the best masks with what is at hand: labels of L, a finished tutorship's model, or L's."""
    return "tutorship" if has_labels or has_tutored else "adaptation"


class TutorshipSettings(BaseModel):
    """How a tutorship trains; with the data it makes the key under which the model is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset = "cpu"
    """Training preset of nnU-Net."""

    styled_images: int = Field(default=400, ge=1)
    """Number of images that the stylist draws from L."""

    translated_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the styled images that a trained translator colours, where there is one."""

    rounds: int = Field(default=2, ge=0, le=5)
    """Rounds of self-training: the model's own masks of U are learnt from as well."""

    length: float = Field(default=1.0, gt=0, le=100)
    """Length of the training, rounds of self-training aside, relative to its preset's."""

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
    def seen_px(self) -> float:
        """Fibre diameter in px at which the model is to see images of U."""
        return SEEN_LARGER * self.fibre_px

    @property
    def translated_images(self) -> int:
        """Number of the styled images that a trained translator colours, where there is one."""
        return round(self.translated_share * self.styled_images)
