"""What is found out about paths that were tried; loads no torch, and can be sent to another process."""

from dataclasses import dataclass
from pathlib import Path

from labelbridge.bootstrap.settings import BootstrapPath

__all__ = ["Advice", "PathAdvice", "Signs", "path_name"]

_RANGES = {
    "steady": (0.5, 1.0),
    "certain": (0.0, 0.5),
    "plausible": (0.3, 1.0),
    "fitting": (0.0, 1.0),
    "found": (0.0, 0.3),
    "agreeing": (0.0, 0.6),
}
"""Up to where a sign counts nothing, as masks of mere noise have as much; and from where on it says no more: models
that are right differ in how certain they are, and not all rings are fibres."""


def path_name(path: BootstrapPath, translator: Path | None) -> str:
    """Return what a path with or without a trained translator is called."""
    return f"{path}, translator" if translator else path


@dataclass(frozen=True)
class Signs:
    """What speaks for the masks of a path, measured on a few tiles of U without labels; all from 0 to 1.

    Attributes
    ----------
    steady
        Dice between the masks and those of the same tiles turned, resized, shaded and with noise; mean over axon,
        myelin and these views.
    certain
        1 - mean uncertainty over axon and myelin.
    plausible
        Part of the area of axon and myelin that belongs to fibres with a closed ring, a g-ratio, a size and a shape
        that fibres have.
    fitting
        How well the borders of the myelin lie on the image's edges: correlation of both gradients, 0 where negative.
    found
        Part of the rings that the image shows by itself in which the masks have axon.
    agreeing
        Dice with the masks of that other path which are most alike, mean over axon and myelin; None where there are not
        two others, since of two paths alone it cannot tell which is wrong.
    axon, myelin
        Parts of the tiles' area.
    breaches
        What is wrong with the way that images are shown to the model, to be put after "it".
    """

    steady: float
    certain: float
    plausible: float
    fitting: float
    found: float
    agreeing: float | None
    axon: float
    myelin: float
    breaches: tuple[str, ...] = ()

    def counted(self) -> dict[str, float]:
        """Return what each sign that is known counts, 0 to 1."""
        known = {name: getattr(self, name) for name in _RANGES if getattr(self, name) is not None}
        return {name: _part_of(value, *_RANGES[name]) for name, value in known.items()}


@dataclass(frozen=True)
class PathAdvice:
    """What is to be said of one path.

    Attributes
    ----------
    path
        The path.
    translator
        Folder of the trained translator that it takes, or None.
    sentence
        Why it is recommended or not, or why it was not tried.
    trust
        How far its masks can be trusted, 0 to 1; None where it was not tried.
    signs
        What that rests on; None where it was not tried.
    needs_training
        Whether it was not tried because a model must be trained first.
    """

    path: BootstrapPath
    translator: Path | None
    sentence: str
    trust: float | None = None
    signs: Signs | None = None
    needs_training: bool = False

    @property
    def name(self) -> str:
        """Its name for the user."""
        return path_name(self.path, self.translator)


@dataclass(frozen=True)
class Advice:
    """Which path to take.

    Attributes
    ----------
    paths
        All that there are: those tried, the most trusted first, then the others.
    recommended
        The one to take; None where none is good enough.
    sentence
        The advice for the user, with its reason.
    """

    paths: tuple[PathAdvice, ...]
    recommended: PathAdvice | None
    sentence: str

    @property
    def needs_training(self) -> bool:
        """Whether some path was not tried because a model must be trained first."""
        return any(one.needs_training for one in self.paths)


def _part_of(value: float, low: float, high: float) -> float:
    """Return how far a value is from `low` to `high`, 0 to 1."""
    return min(1.0, max(0.0, (value - low) / (high - low)))
