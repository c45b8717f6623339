"""What the user has chosen in the Bootstrap dock, remembered from window to window."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from labelbridge.bootstrap import BootstrapPath, Preset
from labelbridge.bootstrap.settings import USUAL_MINUTES
from labelbridge.plugin.presenters.remembered import Remembered

__all__ = ["MOST_MINUTES", "BootstrapChoices"]

MOST_MINUTES = 9_999
"""Nearly a week."""


class BootstrapChoices(Remembered):
    """All choices but those that belong to one image alone."""

    FILE: ClassVar[str] = "bootstrap-window.json"

    labeled: Path | None = None
    """Folder of L's labelled images."""

    model: Path | None = None
    """Folder of a model of L, or of a finished tutorship."""

    added_models: tuple[Path, ...] = ()
    """Model folders that lie elsewhere than where models are kept."""

    path: BootstrapPath | None = None
    """The path; None takes the best that labels and model allow in `minutes`."""

    minutes: int = Field(default=round(USUAL_MINUTES), ge=1, le=MOST_MINUTES)
    """Time for training and masks where the path is left open."""

    translator: Path | None = None
    """Folder of a trained translator; None maps intensities."""

    added_translators: tuple[Path, ...] = ()
    """Translator folders that lie elsewhere than where models are kept."""

    preset: Preset = "cpu"
    """How to train what must be trained."""

    channel: str = "luminance"
    """What is taken of colour images."""

    planes: Literal["seen", "all"] = "seen"
    """Which planes of a stack are worked on."""
