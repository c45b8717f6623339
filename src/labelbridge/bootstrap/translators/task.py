"""What a training of a translator can be told; loads no torch."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.bootstrap.sources import ImageFolders, Reading, Slices
from labelbridge.core import Device
from labelbridge.translate.syndiff.settings import Preset, SynDiffSettings

__all__ = ["TranslatorTask"]


class TranslatorTask(BaseModel):
    """Settings of the job task ``train-translator``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    labeled: Path
    """Folder of the labelled images: masks tell fibre size and polarity, and judge; images alone will do."""

    unlabeled: Path
    """Folder of the new images."""

    preset: Preset = "cpu"
    """Size of the networks and length of the run."""

    warm_start: bool = True
    """Begin as a mapping of intensities, and hold the networks to its edges; the published method does not."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers: the same seed and images give the same result."""

    device: Device = "auto"
    """Where to train: auto takes a graphics card where there is one."""

    devices: int = Field(default=1, ge=1)
    """How many devices train together; each adds its own crops to a step."""

    minutes: float | None = Field(default=None, gt=0)
    """Time for the training in minutes, or None for the preset's number of steps."""

    compiles: bool = Field(default=False, title="Compile")
    """Compile the networks first, which makes steps faster; needs a C++ compiler."""

    scale: float | None = Field(default=None, gt=0)
    """Fibre size in px of the new images over that of the labelled ones, or None to estimate it."""

    channel: str | int | None = None
    """Channel of the new images by number or name, or None for luminance."""

    slices: Slices = None
    """Plane of stacks among the new images, from 0, or all; None where there are no stacks."""

    @property
    def folders(self) -> ImageFolders:
        """Where the images are."""
        return ImageFolders(self.labeled, self.unlabeled, self.scale, Reading(self.channel, self.slices))

    def training(self) -> SynDiffSettings:
        """Return how to train; raises InputError where that cannot be."""
        settings = SynDiffSettings.from_preset(self.preset, seed=self.seed)
        return settings if self.warm_start else settings.as_published()
