"""What masks have that the truth has not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from annotating.truefibres import BACKGROUND_CODE, CODES, Codes, TrueFibres
from labelbridge.core import AXON, BoolArray
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point, inside

__all__ = ["SPECK_PX2", "Invention", "inventions_in"]

SPECK_PX2 = 20
"""What is smaller is no invention but a speck, as *Remove specks* proposes it, and is left."""

_MOST_TRUE = 0.25
"""An axon is invented where no more than this share of it is axon in the truth."""


@dataclass(frozen=True, eq=False)
class Invention:
    """An area of the masks that is no part of a true fibre.

    Attributes
    ----------
    box
        The smallest rows and columns that hold it.
    area
        Where in the box it is, (Y, X), bool.
    """

    box: Window
    area: BoolArray

    @property
    def centre(self) -> Point:
        """Row and column of the middle of its box."""
        return (self.box[0].start + self.box[0].stop) // 2, (self.box[1].start + self.box[1].stop) // 2

    def holds(self, at: Point) -> bool:
        """Return whether a pixel of the image belongs to it."""
        in_box = all(cut.start <= place < cut.stop for cut, place in zip(self.box, at, strict=True))
        return in_box and bool(self.area[inside(at, self.box)])


def inventions_in(codes: Codes, fibres: TrueFibres) -> Iterator[Invention]:
    """Give what masks, (Y, X), have away from all true fibres, and axons nearer to them that are none."""
    away = (codes != BACKGROUND_CODE) & (fibres.zone == 0) & (fibres.codes == BACKGROUND_CODE)
    yield from _large(ndimage.label(away, np.ones((3, 3)))[0])
    areas, count = ndimage.label((codes == CODES[AXON]) & (fibres.zone > 0))
    is_axon = fibres.codes == CODES[AXON]
    sizes, true_sizes = (np.bincount(areas[part], minlength=count + 1) for part in (areas > 0, is_axon & (areas > 0)))
    is_invented = true_sizes <= _MOST_TRUE * sizes
    yield from _large(np.where(is_invented[areas] & ~is_axon, areas, 0))


def _large(areas: np.ndarray) -> Iterator[Invention]:
    for number, box in enumerate(ndimage.find_objects(areas), start=1):
        if box is not None and np.count_nonzero(area := areas[box] == number) >= SPECK_PX2:
            yield Invention(box, area)
