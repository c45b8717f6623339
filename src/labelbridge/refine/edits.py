"""An edit: which pixels of the class layers changed, what they were before and what they are after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labelbridge.core import BoolArray, InputError, LabelArray
from labelbridge.refine.pixelchanges import PixelChanges

__all__ = ["Edit", "Layers", "Window", "shape_of"]

Layers = Mapping[str, LabelArray]
"""Class layers by name, each (Y, X), uint8: 0 where the class is not, 1 where it is."""

Window = tuple[slice, slice]
"""Rows and columns of a part of an image."""

_PIXEL_BYTES = 10


@dataclass(frozen=True, eq=False)
class Edit:
    """Changed pixels of all layers that one action of the user touched; reads the same forwards and backwards.

    Attributes
    ----------
    shape
        Height and width of the layers in px.
    changes
        Changed pixels by class name; only layers where something changed.
    action
        What the user did, as a menu would name it, e.g. ``paint`` or ``fill``.

    Raises
    ------
    ValueError
        Where an index lies outside the layers.
    """

    shape: tuple[int, int]
    changes: Mapping[str, PixelChanges] = field(default_factory=dict)
    action: str = "paint"

    def __post_init__(self) -> None:
        changes = {name: part for name, part in self.changes.items() if part.indices.size}
        if any(part.indices[-1] >= self.shape[0] * self.shape[1] for part in changes.values()):
            raise ValueError(f"got an index outside layers of {self.shape[1]} x {self.shape[0]} px")
        object.__setattr__(self, "changes", changes)

    @classmethod
    def of_stroke(
        cls,
        layers: Layers,
        name: str,
        indices: ArrayLike,
        before: ArrayLike,
        after: ArrayLike,
        action: str = "paint",
    ) -> Self:
        """Make an edit of what a brush or an eraser did in one layer; where it painted, other classes go.

        Parameters
        ----------
        layers
            All layers. That of `name` may be painted already, the others are as before the stroke.
        name
            The class painted.
        indices
            Flat indices of the changed pixels in the order of the changes; a pixel may occur several times.
        before, after
            Their values, one for each index or one for all.
        action
            What the user did.

        Raises
        ------
        InputError
            Where there is no such layer or the layers differ in shape.
        ValueError
            Where an index lies outside the layers, or there are more or fewer values than indices.
        """
        shape = shape_of(layers)
        _check_names(layers, [name])
        flat = np.atleast_1d(np.asarray(indices, np.int64))
        old, new = (np.broadcast_to(np.asarray(values, np.uint8), flat.shape) for values in (before, after))
        painted = PixelChanges.in_order(flat, old, new)
        edit = cls(shape, {name: painted}, action)
        claimed = painted.indices[painted.after != 0]
        others = {other: _taken_away(layer, claimed) for other, layer in layers.items() if other != name}
        return cls(shape, {**edit.changes, **others}, action)

    @classmethod
    def of_arrays(cls, layers: Layers, window: Window, new: Layers, action: str) -> Self:
        """Make an edit from new contents of a window; where a class is new there, classes not given go.

        Parameters
        ----------
        layers
            All layers as they are.
        window
            The rows and columns that `new` stands for.
        new
            New contents of the window, for one class or several, each (Y, X) of the window's shape; 0 or 1.
        action
            What the user did.

        Raises
        ------
        InputError
            Where a class or shape does not fit, or two of the new masks overlap.
        """
        shape = shape_of(layers)
        _check_names(layers, new)
        claimed = _claimed(new, layers[next(iter(layers))][window].shape)
        changes = {}
        for name, layer in layers.items():
            old = layer[window]
            fresh = new[name].astype(np.uint8) if name in new else np.where(claimed, np.uint8(0), old)
            rows, columns = np.nonzero(old != fresh)
            top, left = (cut.indices(length)[0] for cut, length in zip(window, shape, strict=True))
            indices = (rows + top) * shape[1] + columns + left
            changes[name] = PixelChanges(indices, old[rows, columns], fresh[rows, columns])
        return cls(shape, changes, action)

    def followed_by(self, later: "Edit") -> "Edit":
        """Return one edit that does both, with this one's action."""
        changes = {**self.changes, **later.changes}
        for name in self.changes.keys() & later.changes.keys():
            changes[name] = self.changes[name].followed_by(later.changes[name])
        return Edit(self.shape, changes, self.action)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not self.changes

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in bytes, about."""
        return sum(part.indices.size * _PIXEL_BYTES for part in self.changes.values())

    @property
    def window(self) -> Window:
        """The smallest window that holds all changed pixels; empty where nothing changed."""
        if self.is_empty:
            return slice(0, 0), slice(0, 0)
        parts = [np.divmod(part.indices, self.shape[1]) for part in self.changes.values()]
        extents = ((min(a.min() for a in axis), max(a.max() for a in axis)) for axis in zip(*parts, strict=True))
        rows, columns = (slice(int(low), int(high) + 1) for low, high in extents)
        return rows, columns

    def write_after(self, layers: Layers) -> None:
        """Give the changed pixels of `layers` their values after the edit, in place."""
        for name, part in self.changes.items():
            layers[name][np.divmod(part.indices, self.shape[1])] = part.after

    def write_before(self, layers: Layers) -> None:
        """Give the changed pixels of `layers` their values before the edit, in place."""
        for name, part in self.changes.items():
            layers[name][np.divmod(part.indices, self.shape[1])] = part.before

    def fits(self, layers: Layers) -> bool:
        """Return whether `layers` are as before the edit at all pixels that it changes."""
        return all(
            np.array_equal(layers[name][np.divmod(part.indices, self.shape[1])], part.before)
            for name, part in self.changes.items()
        )


def shape_of(layers: Layers) -> tuple[int, int]:
    """Return height and width of class layers in px; raises InputError where they are not planes of one shape."""
    shapes = {layer.shape for layer in layers.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2 or any(one.dtype != np.uint8 for one in layers.values()):
        found = ", ".join(f"{name} {layer.shape} {layer.dtype}" for name, layer in layers.items()) or "none"
        raise InputError(f"got the class layers {found}; expected planes (height, width) of one shape, uint8.")
    height, width = shapes.pop()
    return height, width


def _check_names(layers: Layers, names: "Mapping[str, object] | list[str]") -> None:
    unknown = [name for name in names if name not in layers]
    if unknown:
        raise InputError(f"got a change of class '{unknown[0]}', expected one of {list(layers)}.")


def _taken_away(layer: LabelArray, claimed: NDArray[np.signedinteger]) -> PixelChanges:
    before = layer[np.divmod(claimed, layer.shape[1])]
    there = before != 0
    return PixelChanges(claimed[there], before[there], np.zeros(np.count_nonzero(there), np.uint8))


def _claimed(new: Layers, shape: tuple[int, ...]) -> BoolArray:
    claimed = np.zeros(shape, np.bool_)
    for name, mask in new.items():
        if mask.shape != shape:
            raise InputError(f"got a new mask of '{name}' of shape {mask.shape}, expected the window's shape {shape}.")
        if np.any(claimed & (mask != 0)):
            raise InputError(f"got a new mask of '{name}' that overlaps another one, expected one class a pixel.")
        claimed |= mask != 0
    return claimed
