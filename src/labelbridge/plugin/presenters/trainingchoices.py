"""What the user has chosen in the Train dock, remembered from window to window."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from labelbridge.plugin.presenters.remembered import Remembered

__all__ = ["Goal", "Speed", "TrainingChoices"]

Goal = Literal["masks", "translator and masks", "translator"]
"""What is to be made."""

Speed = Literal["cpu", "gpu", "paper", "tiny"]
"""How long one is ready to wait, and for what."""


class TrainingChoices(Remembered):
    """All choices but those that belong to one job alone."""

    FILE: ClassVar[str] = "train-window.json"

    labeled: Path | None = None
    """Folder of L."""

    unlabeled: Path | None = None
    """Folder of U."""

    goal: Goal = "masks"
    """What is to be made."""

    translator: Path | None = None
    """Folder of a trained translator that helps with the goal ``masks``; None for none."""

    speed: Speed | None = None
    """How thoroughly; None takes what suits the computer."""

    settings: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """Advanced settings that are not as usual, by their names, for each task."""

    cluster: Path | None = None
    """Settings of the cluster where jobs run; None for this computer."""
