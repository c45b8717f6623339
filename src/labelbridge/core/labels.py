"""Classes by name and masks that cannot overlap."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labelbridge.core.arrays import BoolArray, LabelArray
from labelbridge.core.errors import InputError

__all__ = ["AXON", "AXON_MYELIN", "BACKGROUND", "MYELIN", "ClassMap", "LabelMap"]

BACKGROUND = "background"
AXON = "axon"
MYELIN = "myelin"


@dataclass(frozen=True)
class ClassMap:
    """Class names in the order of their values: the value of a class is its index.

    Attributes
    ----------
    names
        ``background`` first, then the classes; ``axon`` and ``myelin`` must be among them.
    """

    names: tuple[str, ...] = (BACKGROUND, AXON, MYELIN)

    def __post_init__(self) -> None:
        if not self.names or self.names[0] != BACKGROUND:
            raise InputError(f"got classes {list(self.names)}, expected '{BACKGROUND}' as the first.")
        missing = {AXON, MYELIN} - set(self.names)
        if missing:
            raise InputError(f"got classes {list(self.names)}, expected '{AXON}' and '{MYELIN}' among them.")
        if len(set(self.names)) != len(self.names):
            raise InputError(f"got classes {list(self.names)}, expected each name once.")

    def value(self, name: str) -> int:
        """Return the value that stands for class `name`; raises InputError for an unknown name."""
        if name not in self.names:
            raise InputError(f"got class '{name}', expected one of {list(self.names)}.")
        return self.names.index(name)

    @property
    def foreground(self) -> tuple[str, ...]:
        """All class names but the background."""
        return self.names[1:]

    def __len__(self) -> int:
        return len(self.names)


AXON_MYELIN = ClassMap()


@dataclass(frozen=True, eq=False)
class LabelMap:
    """One class per pixel, so masks never overlap.

    Attributes
    ----------
    data
        Class values, axes (Y, X), uint8.
    classes
        Names of the values.

    Raises
    ------
    InputError
        Where the data is not one plane of values that the classes have.
    """

    data: LabelArray
    classes: ClassMap = AXON_MYELIN

    def __post_init__(self) -> None:
        if self.data.ndim != 2:
            raise InputError(f"got labels of shape {self.data.shape}, expected one plane (height, width).")
        if self.data.dtype.kind not in "biu":
            raise InputError(f"got labels of type {self.data.dtype}, expected whole numbers, one value a class.")
        for value in (int(self.data.min(initial=0)), int(self.data.max(initial=0))):
            if not 0 <= value < len(self.classes):
                raise InputError(f"got label value {value}, expected values from 0 to {len(self.classes) - 1}.")
        if self.data.dtype != np.uint8:
            object.__setattr__(self, "data", self.data.astype(np.uint8))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.data.shape[0], self.data.shape[1]

    def mask(self, name: str) -> BoolArray:
        """Return where class `name` is, axes (Y, X), bool."""
        return np.asarray(self.data == self.classes.value(name), np.bool_)

    @classmethod
    def from_masks(cls, masks: Mapping[str, BoolArray]) -> "LabelMap":
        """Build from one mask a class, each (Y, X) bool; where masks overlap, the axon yields to the myelin.

        The classes are ``background`` and the keys in their order; where masks overlap, the later key wins.
        """
        shapes = {mask.shape for mask in masks.values()}
        if len(shapes) != 1:
            raise InputError(f"got masks of shapes {sorted(shapes)}, expected one shape for all classes.")
        data = np.zeros(shapes.pop(), np.uint8)
        for value, mask in enumerate(masks.values(), start=1):
            data[mask] = value
        return cls(data, ClassMap((BACKGROUND, *masks)))
