"""The repairs of the Refine dock, tried on the masks of a window."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import get_args

import numpy as np
from scipy import ndimage

from annotating.aims import Aim
from annotating.plan import Plan
from annotating.truefibres import BACKGROUND_CODE, CODES, Codes
from labelbridge.core import AXON, MYELIN, BoolArray, InputError, circle_diameter
from labelbridge.refine import Edit
from labelbridge.refine.edits import Layers
from labelbridge.refine.repairs import (
    BorderMove,
    delete_fibre,
    fill_ring,
    grow_ring,
    move_border,
    relabel_fibre,
    smooth_fibre,
    split_axon,
)
from labelbridge.refine.repairs.areas import connected
from labelbridge.refine.repairs.windows import Point, touches_cut

__all__ = ["bordered", "deleted", "filled", "grown_ring", "layers_of", "repaired"]

_SMOOTH_PX = 3.0
_MOST_SMOOTHED = 0.5
"""Nobody smooths where more is wrong than this share of the axon."""

_MOST_KEYS = 3
"""Nobody moves a border so far, step by step, that this does not suffice."""

_LEAST_OF_WRONG = 0.2
"""Nobody tries a repair for less than this share of what is wrong."""


def layers_of(codes: Codes) -> dict[str, Codes]:
    """Return codes (Y, X) as class layers, each (Y, X), uint8, 0 or 1."""
    return {name: (codes == code).astype(np.uint8) for name, code in CODES.items()}


def repaired(plan: Plan, aim: Aim, shape: tuple[int, int]) -> Iterator[Plan]:
    """Give the plan with each repair at its end that may help what it leads to; `shape` is that of the image."""
    there, region = plan.codes == CODES[AXON], aim.region(CODES[AXON])
    wrong = aim.wrong(plan.codes)
    if (there & region).any():
        own = _deepest(there & region)
        area = connected(there, own)
        if np.any(area & (aim.truth == CODES[AXON]) & ~region):
            yield from _tried(plan, aim, shape, "split axon", lambda layers: split_axon(layers, own))
        if np.count_nonzero(wrong) <= _MOST_SMOOTHED * np.count_nonzero(area):
            yield from _tried(plan, aim, shape, "smooth", lambda layers: smooth_fibre(layers, own, _SMOOTH_PX))
    mistaken = wrong & there & (aim.truth == CODES[MYELIN])
    if np.count_nonzero(mistaken) > _LEAST_OF_WRONG * np.count_nonzero(wrong):
        at = _deepest(mistaken)
        yield from _tried(plan, aim, shape, "relabel fibre", lambda layers: relabel_fibre(layers, at, MYELIN))


def filled(plan: Plan, aim: Aim, shape: tuple[int, int]) -> Iterator[Plan]:
    """Give the plan with a click into the ring of the aim's axon at its end, where that can be filled."""
    wrong = aim.wrong(plan.codes)
    missing = wrong & aim.region(CODES[AXON]) & (plan.codes == BACKGROUND_CODE)
    if np.count_nonzero(missing) > _LEAST_OF_WRONG * np.count_nonzero(wrong):
        at = _deepest(missing)
        yield from _tried(plan, aim, shape, "fill ring", lambda layers: fill_ring(layers, at))


def grown_ring(plan: Plan, aim: Aim, shape: tuple[int, int]) -> Iterator[Plan]:
    """Give the plan with a ring as thick as the true one, on average, grown at its end."""
    axon, myelin = (aim.region(code) for code in (CODES[AXON], CODES[MYELIN]))
    there, missing = (part & (plan.codes == code) for part, code in ((axon, CODES[AXON]), (myelin, BACKGROUND_CODE)))
    inner_px, outer_px = (circle_diameter(np.count_nonzero(part)) / 2 for part in (axon, axon | myelin))
    if there.any() and np.count_nonzero(missing) > _LEAST_OF_WRONG * np.count_nonzero(aim.wrong(plan.codes)):
        at, thickness_px = _deepest(there), float(max(1, round(outer_px - inner_px)))
        yield from _tried(
            plan, aim, shape, "grow ring", lambda layers: grow_ring(layers, at, thickness_px), thickness_px
        )


def deleted(plan: Plan, aim: Aim, shape: tuple[int, int]) -> Iterator[Plan]:
    """Give the plan with a fibre deleted that the truth has not, or not there; or myelin without axon."""
    wrong = aim.wrong(plan.codes)
    for code in CODES.values():
        surplus = wrong & (plan.codes == code) & (aim.truth != code)
        if np.count_nonzero(surplus) > _LEAST_OF_WRONG * np.count_nonzero(wrong):
            codes = _repaired(plan, aim, shape, partial(delete_fibre, at=_deepest(surplus)))
            if codes is not None:
                yield plan.then_key("delete fibre", codes)


def bordered(plan: Plan, aim: Aim, shape: tuple[int, int]) -> Iterator[Plan]:
    """Give the plan with a border of the aim's fibre moved at its end, by one step to three that each help."""
    there = aim.region(CODES[AXON]) & (plan.codes == CODES[AXON])
    if there.any():
        at = _deepest(there)
        for move in get_args(BorderMove):
            moved = plan
            for _ in range(_MOST_KEYS):
                codes = _repaired(moved, aim, shape, partial(move_border, at=at, move=move))
                if codes is None or aim.to_change(codes) >= aim.to_change(moved.codes):
                    break
                moved = moved.then_key(move, codes)
                yield moved


def _tried(
    plan: Plan,
    aim: Aim,
    shape: tuple[int, int],
    name: str,
    repair: Callable[[Layers], Edit],
    setting: float | None = None,
) -> Iterator[Plan]:
    """Give the plan with a repair, where that can be."""
    codes = _repaired(plan, aim, shape, repair)
    if codes is not None:
        yield plan.then_repair(name, codes, setting)


def _repaired(plan: Plan, aim: Aim, shape: tuple[int, int], repair: Callable[[Layers], Edit]) -> Codes | None:
    """Return the codes after a repair; None where the dock would refuse it, or it reaches over the window."""
    layers = layers_of(plan.codes)
    try:
        edit = repair(layers)
    except InputError:
        return None
    if edit.is_empty:
        return None
    edit.write_after(layers)
    codes = np.zeros_like(plan.codes)
    for layer, code in CODES.items():
        codes[layers[layer] != BACKGROUND_CODE] = code
    return None if touches_cut(codes != plan.codes, aim.window, shape) else codes


def _deepest(mask: BoolArray) -> Point:
    """Return the pixel of a mask (Y, X) that is farthest from its border."""
    row, column = np.unravel_index(np.argmax(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]), mask.shape)
    return int(row), int(column)
