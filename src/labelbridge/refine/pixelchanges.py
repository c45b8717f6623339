"""The part of an edit that lies in one class layer."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, LabelArray

__all__ = ["PixelChanges"]


@dataclass(frozen=True, eq=False)
class PixelChanges:
    """Changed pixels of one class layer; the arrays are copies that cannot be written to.

    Attributes
    ----------
    indices
        Flat indices ``y * width + x``, rising, each once; int32 where they fit, else int64.
    before, after
        Values of these pixels, uint8.

    Raises
    ------
    ValueError
        Where the indices do not rise or the lengths differ.
    """

    indices: NDArray[np.signedinteger]
    before: LabelArray
    after: LabelArray

    def __post_init__(self) -> None:
        indices = np.asarray(self.indices)
        if not indices.shape == np.shape(self.before) == np.shape(self.after) == (indices.size,):
            raise ValueError("got arrays of different lengths, expected one value before and after for each index")
        if np.any(indices[1:] <= indices[:-1]) or np.any(indices[:1] < 0):
            raise ValueError("got indices that do not rise from 0 on, expected each pixel once, in order")
        kind = np.int32 if indices[-1:].max(initial=0) <= np.iinfo(np.int32).max else np.int64
        for name, values, dtype in (
            ("indices", indices, kind),
            ("before", self.before, np.uint8),
            ("after", self.after, np.uint8),
        ):
            copy = np.array(values, dtype)
            copy.flags.writeable = False
            object.__setattr__(self, name, copy)

    @classmethod
    def in_order(cls, indices: AnyArray, before: AnyArray, after: AnyArray) -> Self:
        """Sum up changes in the order in which they happened; a pixel may occur several times.

        Its first value before and its last value after count; pixels that ended as they began are left out.
        """
        order = np.argsort(indices, kind="stable")
        indices = indices[order]
        is_first = np.ones(indices.size, np.bool_)
        is_first[1:] = indices[1:] != indices[:-1]
        is_last = np.ones(indices.size, np.bool_)
        is_last[:-1] = is_first[1:]
        old, new = before[order][is_first], after[order][is_last]
        changed = old != new
        return cls(indices[is_first][changed], old[changed], new[changed])

    def followed_by(self, later: Self) -> Self:
        """Return what both do one after the other; quick where `later` is the next part of a long stroke."""
        indices = self.indices.astype(np.result_type(self.indices, later.indices), copy=False)
        at = np.searchsorted(indices, later.indices)
        is_before_end = at < indices.size
        is_again = np.zeros_like(is_before_end)
        is_again[is_before_end] = indices[at[is_before_end]] == later.indices[is_before_end]
        after = self.after.copy()
        after[at[is_again]] = later.after[is_again]
        parts = (indices, later.indices), (self.before, later.before), (after, later.after)
        indices, before, after = (np.insert(one, at[~is_again], other[~is_again]) for one, other in parts)
        changed = before != after
        if not changed.all():
            indices, before, after = indices[changed], before[changed], after[changed]
        return type(self)(indices, before, after)
