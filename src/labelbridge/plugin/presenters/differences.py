"""Where two sets of masks of one image differ."""

from collections.abc import Mapping

import numpy as np

from labelbridge.core import AnyArray, BoolArray, LabelArray

__all__ = ["ANOTHER_CLASS", "ONLY_AFTER", "ONLY_BEFORE", "are_same", "differences"]

ONLY_BEFORE = 1
"""Something in the earlier masks, background in the later ones."""

ONLY_AFTER = 2
"""Background in the earlier masks, something in the later ones."""

ANOTHER_CLASS = 3
"""Something in both, and not the same."""


def differences(before: Mapping[str, AnyArray], after: Mapping[str, AnyArray]) -> LabelArray:
    """Return where two sets of masks differ.

    Parameters
    ----------
    before, after
        A mask for each class: axes (..., Y, X), any whole numbers, 0 outside; all of one shape.

    Returns
    -------
    LabelArray
        Axes as the masks, uint8: 0 where they agree, else `ONLY_BEFORE`, `ONLY_AFTER` or `ANOTHER_CLASS`.
    """
    was, now = _somewhere(before), _somewhere(after)
    out = np.zeros(was.shape, np.uint8)
    for name in before.keys() | after.keys():
        out[_mask(before, name, was.shape) != _mask(after, name, was.shape)] = ANOTHER_CLASS
    out[was & ~now] = ONLY_BEFORE
    out[now & ~was] = ONLY_AFTER
    return out


def are_same(one: Mapping[str, AnyArray], other: Mapping[str, AnyArray]) -> bool:
    """Return whether two sets of masks have the same classes, and each of them the same area; any shapes."""
    return one.keys() == other.keys() and all(np.array_equal(one[name] != 0, other[name] != 0) for name in one)


def _somewhere(masks: Mapping[str, AnyArray]) -> BoolArray:
    return np.asarray(np.any([np.asarray(mask) != 0 for mask in masks.values()], axis=0), np.bool_)


def _mask(masks: Mapping[str, AnyArray], name: str, shape: tuple[int, ...]) -> BoolArray:
    return np.asarray(masks[name]) != 0 if name in masks else np.zeros(shape, np.bool_)
