"""What the annotator wants of a part of an image, and whether masks have it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import ndimage

from annotating.truefibres import BACKGROUND_CODE, CODES, Codes, TrueFibres
from labelbridge.core import AXON, BoolArray
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import grown

__all__ = ["Aim", "FibreAim", "Goal", "RemovalAim"]

_MOST_OF_OTHERS = 0.25
_LEAST_OF_OWN = 0.5
_MOST_REMAINING = 0.1
_MARGIN_PX = 12


class Aim(Protocol):
    """What a window of the masks should become. Codes are (Y, X) of the window, as in `TrueFibres`."""

    window: Window
    truth: Codes

    def wrong(self, codes: Codes) -> BoolArray:
        """Return the pixels that should change, (Y, X), bool."""
        ...

    def to_change(self, codes: Codes) -> int:
        """Return about how many of these pixels must change; 0 where it is good."""
        ...

    def region(self, code: int) -> BoolArray:
        """Return where a class may be painted without harm, or anything erased for the background, (Y, X), bool."""
        ...


@dataclass(frozen=True)
class Goal:
    """When a fibre is right.

    Attributes
    ----------
    least_iou
        Its IoU is at least this, 0 to 1: the pixels of axon and myelin with the right class, over those that the truth
        or the masks have. Of the masks, the pixels in the fibre itself and in the background of its zone count.
    border_px
        Pixels up to so far from a border between classes of the truth count neither way: two people draw borders apart
        by about 1 px.
    """

    least_iou: float = 0.9
    border_px: int = 0


@dataclass(frozen=True, eq=False)
class FibreAim:
    """A true fibre that meets a `Goal` and whose axon is its own.

    One area of axon holds at least half of it, and of other axons no more than a quarter of its size.
    """

    window: Window
    truth: Codes
    own: BoolArray
    around: BoolArray
    goal: Goal

    @classmethod
    def of(cls, fibres: TrueFibres, number: int, goal: Goal) -> "FibreAim":
        """Take a fibre of the truth."""
        window = fibres.window(number)
        truth, own = fibres.codes[window], fibres.owner[window] == number
        around = (fibres.zone[window] == number) & (truth == BACKGROUND_CODE)
        return cls(window, truth, own, around, goal)

    def wrong(self, codes: Codes) -> BoolArray:
        """Return the wrong pixels of the fibre and its zone; where the IoU is good, those of the axon alone."""
        differs = (self.own | self.around) & (codes != self.truth)
        if self._short(codes) > 0:
            return differs & self._counts
        return differs & ((codes == CODES[AXON]) | (self.truth == CODES[AXON]))

    def to_change(self, codes: Codes) -> int:
        """Return about how many pixels must become right; 0 where the fibre is right."""
        if (short := self._short(codes)) > 0:
            return int(np.ceil(short))
        return 0 if self._has_own_axon(codes) else max(1, int(np.count_nonzero(self.wrong(codes))))

    def region(self, code: int) -> BoolArray:
        """Return the fibre's pixels of a class, or the background of the window."""
        is_class = self.truth == code
        return is_class if code == BACKGROUND_CODE else is_class & self.own

    @cached_property
    def _counts(self) -> BoolArray:
        if not self.goal.border_px:
            return np.ones_like(self.own)
        side = 2 * self.goal.border_px + 1
        return np.asarray(
            ndimage.maximum_filter(self.truth, side) == ndimage.minimum_filter(self.truth, side), np.bool_
        )

    @cached_property
    def _area_px2(self) -> int:
        return int(np.count_nonzero(self.own & self._counts))

    @cached_property
    def _axon(self) -> BoolArray:
        return self.own & (self.truth == CODES[AXON])

    def _right_and_surplus(self, codes: Codes) -> tuple[int, int]:
        right = np.count_nonzero(self.own & self._counts & (codes == self.truth))
        return int(right), int(np.count_nonzero(self.around & self._counts & (codes != BACKGROUND_CODE)))

    def _short(self, codes: Codes) -> float:
        """Return how many pixels must become right for the IoU to be good; 0 or less where it is."""
        right, surplus = self._right_and_surplus(codes)
        return self.goal.least_iou * (self._area_px2 + surplus) - right

    def _has_own_axon(self, codes: Codes) -> bool:
        areas, _ = ndimage.label(codes == CODES[AXON])
        shared = np.bincount(areas[self._axon])
        shared[0] = 0
        if shared.size < 2:
            return False
        area = areas == np.argmax(shared)
        of_others = np.count_nonzero(area & (self.truth == CODES[AXON]) & ~self.own)
        size = np.count_nonzero(self._axon)
        return bool(shared.max() >= _LEAST_OF_OWN * size and of_others <= _MOST_OF_OTHERS * size)


@dataclass(frozen=True, eq=False)
class RemovalAim:
    """Something in the masks that the truth has not; it is gone where no more than a tenth of it is left."""

    window: Window
    truth: Codes
    surplus: BoolArray

    @classmethod
    def of(cls, truth: Codes, surplus: BoolArray, box: Window) -> "RemovalAim":
        """Take an area of the masks, (Y, X) of the window `box`, bool; the truth is that of the whole image."""
        window = grown(box, _MARGIN_PX, (truth.shape[0], truth.shape[1]))
        margins = [
            (inner.start - outer.start, outer.stop - inner.stop) for inner, outer in zip(box, window, strict=True)
        ]
        return cls(window, truth[window], np.pad(surplus, margins))

    def wrong(self, codes: Codes) -> BoolArray:
        """Return what is left of it."""
        return self.surplus & (codes != self.truth) & (codes != BACKGROUND_CODE)

    def to_change(self, codes: Codes) -> int:
        """Return how many pixels must still go."""
        left = np.count_nonzero(self.wrong(codes)) - _MOST_REMAINING * np.count_nonzero(self.surplus)
        return max(0, int(np.ceil(left)))

    def region(self, code: int) -> BoolArray:
        """Return where the truth has a class."""
        return np.asarray(self.truth == code, np.bool_)
