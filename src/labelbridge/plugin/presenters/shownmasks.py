"""A set of class layers, as presenters know it: without the viewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, InputError

__all__ = ["ShownMasks", "check_masks"]


@dataclass(frozen=True)
class ShownMasks:
    """What a set of class layers holds; equal to another one of the same layers.

    Attributes
    ----------
    layers
        The viewer's own names of the layers, which tell one set from another.
    title
        What the user reads.
    tooltip
        More about it.
    data
        The layers' arrays by class name, as they are shown: (Y, X) or (Z, Y, X), whole numbers, 0 outside.
    models
        The models that made them, as a bootstrap's provenance has it; None where they were not bootstrapped here.
    """

    layers: tuple[object, ...]
    title: str = field(compare=False)
    tooltip: str = field(compare=False)
    data: Mapping[str, Any] = field(compare=False)
    models: Mapping[str, object] | None = field(default=None, compare=False)

    def snapshot(self) -> dict[str, Any]:
        """Return copies of the arrays, which what is painted from now on does not change; files are not read yet."""
        return {name: data.copy() if isinstance(data, np.ndarray) else data for name, data in self.data.items()}


def check_masks(masks: Mapping[str, Any], image: str, shape: tuple[int, int]) -> dict[str, AnyArray]:
    """Return masks as arrays (Y, X) or (Z, Y, X).

    Parameters
    ----------
    masks
        By class name.
    image, shape
        Name of their image, and its height and width in px.

    Raises
    ------
    InputError
        Where there are no axon and myelin, no pixels, or a mask is not of the image's shape or has other axes.
    """
    if not {AXON, MYELIN} <= masks.keys():
        raise InputError(f"{image}: got masks of {', '.join(masks) or 'nothing'}, expected axon and myelin among them.")
    if 0 in shape:
        raise InputError(f"{image}: got an image without pixels, expected one of some size; choose another image.")
    shapes = {tuple(mask.shape) for mask in masks.values()}
    first = min(shapes)
    if len(shapes) > 1 or first[-2:] != shape or len(first) not in (2, 3):
        got = ", ".join(" x ".join(map(str, one)) for one in sorted(shapes))
        raise InputError(
            f"{image}: got masks of {got} px for an image of {shape[0]} x {shape[1]} px (height x width), expected one "
            "shape; choose the masks of this image."
        )
    return {name: np.asarray(mask) for name, mask in masks.items()}
