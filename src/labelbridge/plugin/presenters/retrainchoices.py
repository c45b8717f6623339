"""What the user has chosen to learn from corrected masks, remembered from window to window."""

from pathlib import Path
from typing import ClassVar, Literal

from labelbridge.bootstrap import Preset
from labelbridge.plugin.presenters.remembered import Remembered

__all__ = ["RetrainChoices"]


class RetrainChoices(Remembered):
    """All choices of the page for corrected masks."""

    FILE: ClassVar[str] = "retrain-window.json"

    source: Literal["project", "folder"] = "project"
    """Where the corrected masks are."""

    project: Path | None = None
    """Folder of a project; None takes the one that is open in the window."""

    corrected: Path | None = None
    """Folder of exported masks."""

    images: Path | None = None
    """Folder of their images; None where they lie beside them."""

    verified: bool = False
    """Whether every pixel of the exported masks is right."""

    model: Path | None = None
    """Folder of the model to start from; None takes the one that is used for masks."""

    labeled: Path | None = None
    """Labelled set of L, of which a share is learnt again; None does without."""

    preset: Preset = "cpu"
    """How thoroughly."""
