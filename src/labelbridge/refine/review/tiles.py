"""A window of an image cut into tiles that see a margin around them."""

from collections.abc import Iterator
from typing import NamedTuple

from labelbridge.core import MYELIN_MARGIN_PX
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import grown, within

__all__ = ["MARGIN_PX", "Tile", "tiles_of"]

MARGIN_PX = MYELIN_MARGIN_PX
"""How far a tile sees beyond itself: what belongs together is found up to so far."""

_SIDE_PX = 512


class Tile(NamedTuple):
    """A part of an image; windows in px of the image."""

    core: Window
    """The tile; those of a window do not overlap and leave nothing out."""

    seen: Window
    """The tile and its margin, as far as the window goes."""

    @property
    def inner(self) -> Window:
        """Where the core lies in what is seen."""
        return within(self.core, self.seen)


def tiles_of(window: Window) -> Iterator[Tile]:
    """Cut a window into tiles, row by row."""
    rows, columns = window
    for top in range(rows.start, rows.stop, _SIDE_PX):
        for left in range(columns.start, columns.stop, _SIDE_PX):
            core = slice(top, min(rows.stop, top + _SIDE_PX)), slice(left, min(columns.stop, left + _SIDE_PX))
            yield Tile(core, _clipped(grown(core, MARGIN_PX, (rows.stop, columns.stop)), window))


def _clipped(seen: Window, window: Window) -> Window:
    rows, columns = (slice(max(cut.start, edge.start), cut.stop) for cut, edge in zip(seen, window, strict=True))
    return rows, columns
