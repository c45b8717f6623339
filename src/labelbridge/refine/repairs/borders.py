"""Move a border of a fibre: its ring becomes thinner or thicker, its axon narrower or wider."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, MYELIN, BoolArray, InputError, circle_diameter
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.areas import occupied
from labelbridge.refine.repairs.clicks import name_place
from labelbridge.refine.repairs.fibres import Fibre, fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["BorderMove", "move_border"]

BorderMove = Literal["thinner ring", "thicker ring", "narrower axon", "wider axon"]
"""What becomes of a fibre."""

_STEPS_A_DIAMETER = 40
"""With a fibre 200 px wide on the screen, a step of 5 px there: about what the eye tells apart."""

_BESIDE_PX = 1.5
"""Two pixels that touch, if only by a corner, are nearer than this."""


def move_border(layers: Layers, at: Point, move: BorderMove) -> Edit:
    """Move a border of the clicked fibre by one px, or by a fortieth of the fibre's diameter where that is more.

    The ring's outer border gives myelin to the background or takes it from there, never from another fibre. The border
    of the axon gives to its ring or takes from it. A ring that is closed stays closed: myelin that touches the axon
    stays, and so does the outermost of the ring. Without any ring the axon gives to the background and takes from it.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the axon, or of its myelin.
    move
        What becomes of the fibre.

    Raises
    ------
    InputError
        Where no fibre is at the pixel, or a too large one, or its axon would vanish.
    """
    fibre = fibre_at(layers, at)
    step_px = max(1, round(circle_diameter(int(np.count_nonzero(fibre.whole))) / _STEPS_A_DIAMETER))
    fibre = fibre.with_margin(step_px + 1)
    axon, myelin = _MOVES[move](fibre, step_px, ~occupied(layers, fibre.window))
    if not axon.any():
        raise InputError(f"got an axon at {name_place(at)} that is too small to become narrower; delete the fibre.")
    new = {
        name: (layers[name][fibre.window] * ~before) | after
        for name, before, after in ((AXON, fibre.axon, axon), (MYELIN, fibre.myelin, myelin))
    }
    return Edit.of_arrays(layers, fibre.window, new, move)


def _thin(fibre: Fibre, step_px: int, free: BoolArray) -> tuple[BoolArray, BoolArray]:
    is_outermost = _depth(_filled(fibre)) <= step_px
    return fibre.axon, fibre.myelin & ~(is_outermost & (_depth(~fibre.axon) >= _BESIDE_PX))


def _thicken(fibre: Fibre, step_px: int, free: BoolArray) -> tuple[BoolArray, BoolArray]:
    return fibre.axon, fibre.myelin | (free & (_depth(~_filled(fibre)) <= step_px))


def _narrow(fibre: Fibre, step_px: int, free: BoolArray) -> tuple[BoolArray, BoolArray]:
    axon = _depth(fibre.axon) > step_px
    return axon, fibre.myelin | (fibre.axon & ~axon) if fibre.myelin.any() else fibre.myelin


def _widen(fibre: Fibre, step_px: int, free: BoolArray) -> tuple[BoolArray, BoolArray]:
    filled = _filled(fibre)
    room = (fibre.myelin | (free & filled)) & (_depth(filled) > 1) if fibre.myelin.any() else free
    axon = fibre.axon | (room & (_depth(~fibre.axon) <= step_px))
    return axon, fibre.myelin & ~axon


_MOVES = {"thinner ring": _thin, "thicker ring": _thicken, "narrower axon": _narrow, "wider axon": _widen}


def _filled(fibre: Fibre) -> BoolArray:
    """Return the fibre with the gaps within, axes (Y, X), bool."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_fill_holes(fibre.whole), np.bool_)


def _depth(mask: BoolArray) -> NDArray[np.float64]:
    """Return how far each pixel of a mask (Y, X) is from the next one outside, in px; 0 outside."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(mask), np.float64)
