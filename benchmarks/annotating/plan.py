"""A way to mend a part of the masks: one action after the other, and what they take."""

from dataclasses import dataclass, replace

from annotating.hand import Hand
from annotating.strokes import Stroke
from annotating.truefibres import Codes

__all__ = ["Plan", "Step"]


@dataclass(frozen=True, eq=False)
class Step:
    """An action.

    Attributes
    ----------
    action
        What is done, as the dock names it.
    codes
        Masks after it, (Y, X) of the window.
    choosing_s
        Seconds until the tool for it is chosen.
    doing_s
        Seconds that it takes then.
    """

    action: str
    codes: Codes
    choosing_s: float
    doing_s: float


@dataclass(frozen=True, eq=False)
class Plan:
    """Actions that follow each other.

    Attributes
    ----------
    codes
        Masks after them, (Y, X) of the window.
    hand
        What is in hand then.
    steps
        The actions.
    """

    codes: Codes
    hand: Hand
    steps: tuple[Step, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of all actions."""
        return sum(step.choosing_s + step.doing_s for step in self.steps)

    def then_stroke(self, stroke: Stroke) -> "Plan":
        """Return the plan with a stroke at its end."""
        hand, choosing_s = self.hand.with_brush(stroke.brush)
        codes, doing_s = stroke.painted(self.codes), hand.stroke_s(stroke.length_px)
        return self._then(hand, Step("erase" if stroke.brush.erases else "paint", codes, choosing_s, doing_s))

    def then_repair(self, name: str, codes: Codes, setting: float | None = None) -> "Plan":
        """Return the plan with a repair at its end that leads to `codes`; `setting` is the number that it asks for."""
        hand, choosing_s = self.hand.with_repair(name, setting)
        return self._then(hand, Step(name, codes, choosing_s, hand.repair_s()))

    def then_key(self, name: str, codes: Codes) -> "Plan":
        """Return the plan with a key at its end that repairs the fibre under the pointer."""
        return self._then(self.hand, Step(name, codes, 0.0, self.hand.key_s()))

    def _then(self, hand: Hand, step: Step) -> "Plan":
        return replace(self, codes=step.codes, hand=hand, steps=(*self.steps, step))
