"""What all tasks that make masks can be told; loads no torch."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.bootstrap.settings import Preset, TutorshipSettings
from labelbridge.bootstrap.sources import Reading, Slices
from labelbridge.core import AXON, MYELIN, Device

__all__ = ["MaskTask"]


class MaskTask(BaseModel):
    """Settings that tasks share."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    translator: Path | None = None
    """Folder of a trained translator that helps, or None to do without."""

    preset: Preset = "cpu"
    """Length of nnU-Net's training: cpu for minutes, standard for a graphics card, tiny to try out."""

    styled_images: int = Field(default=400, ge=1)
    """Number of images made from the labelled ones that look like new ones, to train on."""

    translated_share: float = Field(default=0.5, ge=0, le=1)
    """Share of these, 0 to 1, that a trained translator colours, where there is one."""

    rounds: int | None = Field(default=None, ge=0, le=5)
    """Rounds of self-training, in which the model learns from its own masks of the new images as well; None for as many
    as fit the time where one is given, else for 2."""

    classes: tuple[str, ...] = (AXON, MYELIN)
    """Classes to learn; others count as background."""

    scale: float | None = Field(default=None, gt=0)
    """Fibre size in px of the new images over that of the labelled ones, or None to estimate it."""

    channel: str | int | None = None
    """Channel of the new images by number or name, or None for luminance."""

    slices: Slices = None
    """Plane of stacks among the new images, from 0, or all; None where there are no stacks."""

    pixel_size_um: float | None = Field(default=None, gt=0)
    """Pixel size of the new images in um, or None for what their files say."""

    tile_overlap: float | None = None
    """Part of its side, 0 to 0.75, that a tile shares with the next one, or None for the usual half."""

    absent: tuple[str, ...] = ()
    """Classes that none of the new images has: no pixel gets them."""

    absent_from: Path | None = None
    """CSV or TSV file that names images and the classes that each does not have, or None."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers: the same seed and images give the same result."""

    device: Device = "auto"
    """Where to compute: auto takes a graphics card where there is one."""

    @property
    def reading(self) -> Reading:
        """How U's images are read."""
        return Reading(self.channel, self.slices, self.pixel_size_um)

    @property
    def settings(self) -> TutorshipSettings:
        """How what must be trained is trained."""
        return TutorshipSettings(
            preset=self.preset,
            styled_images=self.styled_images,
            translated_share=self.translated_share,
            **({} if self.rounds is None else {"rounds": self.rounds}),
            seed=self.seed,
            classes=self.classes,
            device=self.device,
        )
