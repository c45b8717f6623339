"""Whether a retrained model is better than the one before, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelbridge.core import AXON, MYELIN, BoolArray, LabelMap, counted

__all__ = ["Agreement", "Verdict"]

_MATTERS = 0.005
"""Mean Dice differences below this are no reason to prefer one model."""

_FEW_FIBRES = 5

_Counts = dict[str, tuple[int, int]]


class Agreement:
    """Dice of axon and myelin, over the chosen pixels of several images together."""

    def __init__(self) -> None:
        self._counts: _Counts = {AXON: (0, 0), MYELIN: (0, 0)}

    def add(self, prediction: LabelMap, truth: LabelMap, chosen: BoolArray) -> None:
        """Count an image.

        Parameters
        ----------
        prediction, truth
            Of one shape.
        chosen
            Pixels that count, (Y, X), bool.
        """
        for name, (common, both) in self._counts.items():
            found, true = prediction.mask(name) & chosen, truth.mask(name) & chosen
            more = int(np.count_nonzero(found & true))
            self._counts[name] = common + more, both + int(np.count_nonzero(found)) + int(np.count_nonzero(true))

    @property
    def dice(self) -> dict[str, float]:
        """Twice the common area over the sum of both, by class, 0 to 1; 1 where both are empty."""
        return {name: 2 * common / both if both else 1.0 for name, (common, both) in self._counts.items()}


@dataclass(frozen=True)
class Verdict:
    """What held-out fibres say of two models.

    Attributes
    ----------
    fibres
        How many there are.
    before, after
        Dice of the old and of the new model, by class.
    """

    fibres: int
    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def outcome(self) -> Literal["better", "same", "worse"]:
        """How the new model compares with the old one, by the mean Dice of the classes."""
        gain = float(np.mean([self.after[name] - self.before[name] for name in self.before]))
        if abs(gain) < _MATTERS:
            return "same"
        return "better" if gain > 0 else "worse"

    @property
    def sentence(self) -> str:
        """What to do, and why."""
        where = f"On {counted(self.fibres, 'verified fibre')} that it has not seen"
        scores = ", ".join(
            f"{name} Dice {self.after[name]:.3f} instead of {self.before[name]:.3f}" for name in self.before
        )
        few = "; so few fibres say little" if self.fibres < _FEW_FIBRES else ""
        match self.outcome:
            case "better":
                return f"{where} the new model is better: {scores}{few}."
            case "same":
                return f"{where} the new model is as good as the old one: {scores}{few}."
            case _:
                return f"{where} the new model is worse: {scores}{few}. Keep the old model, and verify more fibres."

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers, for the card."""
        old = {f"held_out_dice_{name}_before": dice for name, dice in self.before.items()}
        new = {f"held_out_dice_{name}": dice for name, dice in self.after.items()}
        return {"held_out_fibres": float(self.fibres), **new, **old}
