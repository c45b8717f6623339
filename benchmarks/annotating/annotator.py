"""The annotator: looks at fibres, corrects those that are wrong, removes what is none, and counts the seconds."""

from collections.abc import Iterator

from annotating.aims import Aim, FibreAim, Goal, RemovalAim
from annotating.costs import Costs, Effort, Tally
from annotating.hand import Hand
from annotating.inventions import Invention, inventions_in
from annotating.mending import mend
from annotating.repairing import layers_of
from annotating.truefibres import CODES, Codes, TrueFibres, codes_of
from labelbridge.core import LabelMap
from labelbridge.refine import Edit, History
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point

__all__ = ["Annotator"]


class Annotator:
    """Somebody who knows the truth and corrects masks to it, with the history of the Refine dock.

    Parameters
    ----------
    masks
        What is to be corrected.
    fibres
        Fibres of the truth.
    costs
        What each action takes.
    goal
        When a fibre is right.

    Attributes
    ----------
    fibres
        As given.
    history
        Edits of the masks' class layers.
    wrong
        Numbers of the fibres that were wrong and have not been corrected yet.
    inventions
        What is left in the masks of that which is no part of a true fibre.
    """

    def __init__(self, masks: LabelMap, fibres: TrueFibres, costs: Costs, goal: Goal) -> None:
        self.fibres, self._costs, self._goal = fibres, costs, goal
        codes = codes_of(masks)
        self.history = History(layers_of(codes))
        self.inventions = list(inventions_in(codes, fibres))
        self.wrong = set(self.find_wrong())
        self._wrong_at_first, self._invented_at_first = len(self.wrong), len(self.inventions)
        self._hand = Hand(costs, costs.zoom(fibres.median_diameter_px))
        self._tally = Tally()

    def fields(self) -> Iterator[tuple[Point, Point]]:
        """Give the fields of view in reading order: the first row and column, and those after the last."""
        height, width = (max(1, int(side / self._hand.zoom)) for side in self._costs.canvas_px)
        for top in range(0, self.history.shape[0], height):
            for left in range(0, self.history.shape[1], width):
                yield (top, left), (top + height, left + width)

    def find_wrong(self) -> list[int]:
        """Return the numbers of all fibres that are wrong as the masks are now."""
        return [
            n for n in range(1, self.fibres.count + 1) if (aim := self._fibre(n)).to_change(self._codes(aim.window))
        ]

    def navigate(self) -> None:
        """Show another field of view, or another place."""
        self._tally.add("navigate", self._costs.navigation_s)

    def inspect(self) -> None:
        """Look at a fibre, at a thing that is none, or at a place of the queue."""
        self._tally.add("inspect", self._costs.inspection_s)

    def correct(self, number: int) -> None:
        """Mend a true fibre, if it is wrong."""
        aim = self._fibre(number)
        self._reach(aim)
        if number in self.wrong and not aim.to_change(self._codes(aim.window)):
            self.wrong.remove(number)
            self._tally.note_right()

    def remove(self, invention: Invention) -> None:
        """Take away what the truth has not, if it is still there."""
        self.inventions.remove(invention)
        self._reach(RemovalAim.of(self.fibres.codes, invention.area, invention.box))

    def effort(self) -> Effort:
        """Return what it took until now."""
        return Effort(
            fibres=self.fibres.count,
            wrong=self._wrong_at_first,
            invented=self._invented_at_first,
            left=len(self.find_wrong()),
            seconds_by_action=dict(self._tally.seconds_by_action),
            right_after_s=tuple(self._tally.right_after_s),
        )

    def _fibre(self, number: int) -> FibreAim:
        return FibreAim.of(self.fibres, number, self._goal)

    def _codes(self, window: Window) -> Codes:
        """Return the masks of a window as codes; classes never overlap."""
        return sum(code * self.history.layers[name][window] for name, code in CODES.items())

    def _reach(self, aim: Aim) -> None:
        """Carry out the quickest plan for an aim."""
        codes = self._codes(aim.window)
        if not aim.to_change(codes):
            return
        plan = mend(aim, codes, self._hand, self.history.shape)
        for step in plan.steps:
            new = layers_of(step.codes)
            self.history.apply(Edit.of_arrays(self.history.layers, aim.window, new, step.action))
            self._tally.add("choose a tool", step.choosing_s)
            self._tally.add(step.action, step.doing_s)
        self._hand = plan.hand
