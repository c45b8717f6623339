"""A place to look at, and why."""

from dataclasses import dataclass, field
from typing import Literal

from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point

__all__ = ["SUSPICIOUS_FROM", "Place", "PlaceKind", "Reason", "ReviewState"]

SUSPICIOUS_FROM = 0.79
"""Score from which a place is suspicious, as an axon without myelin is; half of them are wrong (docs/results.md)."""

PlaceKind = Literal["fibre", "missed"]
"""``fibre``: an axon and its myelin; ``missed``: where a fibre may be that the masks do not have."""

ReviewState = Literal["unseen", "accepted", "corrected"]
"""``unseen``: as the model left it; ``accepted``: looked at and left; ``corrected``: changed by hand."""


@dataclass(frozen=True)
class Reason:
    """A sign that something is wrong.

    Attributes
    ----------
    text
        In plain words, e.g. ``g-ratio 0.97``.
    share
        Its part in the place's score; the shares of a place add up to 1.
    """

    text: str
    share: float


@dataclass(frozen=True)
class Place:
    """A fibre, or a place where one may be missed.

    Attributes
    ----------
    kind
        Which of the two.
    at
        Row and column of its first pixel in reading order (of a fibre: of its axon); no other place has the same.
    fingerprint
        Tells whether its pixels are the same as at another time.
    centre
        Row and column of its centre (of a fibre: of its axon) in px.
    window
        The smallest rows and columns that hold it.
    score
        How likely it is wrong, 0 to 1.
    reasons
        Why, the weightiest first; empty where nothing speaks against it.
    """

    kind: PlaceKind
    at: Point
    fingerprint: str
    centre: tuple[float, float]
    window: Window = field(hash=False)
    score: float
    reasons: tuple[Reason, ...] = ()

    @property
    def key(self) -> tuple[PlaceKind, Point]:
        """What tells it from all other places of the image at the same time."""
        return self.kind, self.at

    @property
    def is_suspicious(self) -> bool:
        """Whether much speaks against it."""
        return self.score >= SUSPICIOUS_FROM

    @property
    def rank(self) -> tuple[float, Point, PlaceKind]:
        """What places are sorted by: the most likely wrong first, then from top to bottom."""
        return -self.score, self.at, self.kind
