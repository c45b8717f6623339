"""What the annotator has in hand, and the seconds that each action takes with it."""

from dataclasses import dataclass, field, replace

from annotating.costs import Costs
from annotating.strokes import Brush
from annotating.truefibres import CODES

__all__ = ["Hand"]

_NAMES = {code: name for name, code in CODES.items()}
_FIRST_SETTINGS = {"grow ring": 4.0, "smooth": 3.0}
"""What the dock proposes for the repairs that ask for a number."""


@dataclass(frozen=True)
class Hand:
    """The tool that is chosen, which stays chosen until another one is.

    Attributes
    ----------
    costs
        What each thing takes.
    zoom
        How many px of the screen show a px of the image.
    tool
        What is chosen: ``paint axon``, ``erase myelin``, the name of a repair; empty at first.
    brush_px
        Size of the brush in px of the image.
    settings
        The number that each repair was given last, by its name.
    """

    costs: Costs
    zoom: float
    tool: str = ""
    brush_px: int = 10
    settings: dict[str, float] = field(default_factory=_FIRST_SETTINGS.copy)

    def with_brush(self, brush: Brush) -> tuple["Hand", float]:
        """Return the hand with a brush, and the seconds until it has it.

        A key chooses the class to paint; another one its eraser. A size is one click on napari's slider.
        """
        name = _NAMES[brush.code]
        tool = f"{'erase' if brush.erases else 'paint'} {name}"
        presses = 0
        if tool != self.tool:
            presses = 2 if brush.erases and self.tool != f"paint {name}" else 1
        presses += brush.size_px != self.brush_px
        return replace(self, tool=tool, brush_px=brush.size_px), presses * self.costs.press_s

    def with_repair(self, name: str, setting: float | None = None) -> tuple["Hand", float]:
        """Return the hand with a repair, and the seconds for it: a click in the list, a key for a new number."""
        presses = int(name != self.tool) + int(setting is not None and self.settings[name] != setting)
        settings = self.settings if setting is None else {**self.settings, name: setting}
        return replace(self, tool=name, settings=settings), presses * self.costs.press_s

    def key_s(self) -> float:
        """Return the seconds of a key for what is under the pointer; what is chosen stays chosen."""
        return self.costs.press_s

    def stroke_s(self, length_px: float) -> float:
        """Return the seconds of a stroke of a length in px of the image."""
        return self.costs.stroke(length_px * self.zoom)

    def brush_s(self, brush: Brush, length_px: float) -> float:
        """Return the seconds of a stroke with those until the hand has its brush."""
        return self.with_brush(brush)[1] + self.stroke_s(length_px)

    def repair_s(self) -> float:
        """Return the seconds of a repair that is chosen: a click on the image, and a key once what changes was seen."""
        return 2 * self.costs.press_s
