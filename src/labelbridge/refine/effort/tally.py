"""What is counted, and what of the time counts as work."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt

from labelbridge.refine.edits import Edit

__all__ = ["IDLE_AFTER_S", "ActiveTime", "Effort", "effort_of"]

IDLE_AFTER_S = 30.0
"""Pauses that are longer do not count as work, unless told otherwise."""

_STROKES = frozenset({"paint", "erase"})
"""Actions of brush and eraser; all others are repairs."""


class Effort(BaseModel):
    """What a piece of work took; two of them add up."""

    model_config = ConfigDict(frozen=True)

    active_s: NonNegativeFloat = 0.0
    """Seconds of work, without pauses."""

    strokes: NonNegativeInt = 0
    """Strokes of brush and eraser."""

    pixels_changed: NonNegativeInt = 0
    """Pixels that strokes and repairs changed; one that changed twice counts twice, what is undone still counts."""

    undos: NonNegativeInt = 0
    """Edits taken back."""

    redos: NonNegativeInt = 0
    """Edits done again."""

    repairs: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Repairs by kind, as `Edit.action` names them, e.g. ``fill ring``."""

    fibres_accepted: NonNegativeInt = 0
    """Fibres accepted as they were."""

    fibres_corrected: NonNegativeInt = 0
    """Fibres accepted after they were changed."""

    @property
    def fibres(self) -> int:
        """Number of fibres that are done."""
        return self.fibres_accepted + self.fibres_corrected

    def __add__(self, other: "Effort") -> "Effort":
        return Effort.model_construct(
            active_s=self.active_s + other.active_s,
            strokes=self.strokes + other.strokes,
            pixels_changed=self.pixels_changed + other.pixels_changed,
            undos=self.undos + other.undos,
            redos=self.redos + other.redos,
            repairs=dict(Counter(self.repairs) + Counter(other.repairs)),
            fibres_accepted=self.fibres_accepted + other.fibres_accepted,
            fibres_corrected=self.fibres_corrected + other.fibres_corrected,
        )


def effort_of(edit: Edit, *, continues: bool) -> Effort:
    """Return what an edit counts for, its time apart; a continuation is no stroke or repair of its own."""
    pixels = _count_pixels(edit)
    if continues or not pixels:
        return Effort(pixels_changed=pixels)
    if edit.action in _STROKES:
        return Effort(strokes=1, pixels_changed=pixels)
    return Effort(repairs={edit.action: 1}, pixels_changed=pixels)


class ActiveTime:
    """Time without pauses: the steps between one sign of work and the next, where they are short enough.

    Parameters
    ----------
    clock
        Gives seconds and never goes back, such as `time.monotonic`.
    idle_after_s
        Longest step that counts, in seconds; of a longer one nothing counts.
    """

    def __init__(self, clock: Callable[[], float], idle_after_s: float) -> None:
        self._clock = clock
        self._idle_after_s = idle_after_s
        self._last_s: float | None = None

    def step(self) -> float:
        """Take a sign of work and return the seconds that it adds."""
        now_s = self._clock()
        gap_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        return gap_s if 0 <= gap_s <= self._idle_after_s else 0.0

    def pause(self) -> None:
        """Let the time until the next sign of work not count."""
        self._last_s = None


def _count_pixels(edit: Edit) -> int:
    """Return how many pixels an edit changes; one that goes from a class to another changes in two layers."""
    indices = [part.indices for part in edit.changes.values()]
    if len(indices) < 2:
        return sum(one.size for one in indices)
    return int(np.unique(np.concatenate(indices)).size)
