"""What the review looks at: the class layers, what the paths said about them, and the image itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, FloatArray, InputError, LabelMap
from labelbridge.refine.edits import Layers, Window, shape_of

__all__ = ["GreyImage", "Sources", "whole_of"]


class GreyImage(Protocol):
    """A grey image that is read window by window, such as an array (Y, X); any real dtype and unit."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in px."""
        ...

    def __getitem__(self, window: Window, /) -> AnyArray:
        """Return the intensities of a window, (Y, X)."""
        ...


@dataclass(frozen=True, eq=False)
class Sources:
    """Class layers of an image, and what is known beside them.

    Attributes
    ----------
    layers
        Class layers by name, each (Y, X), uint8, 0 or 1, not overlapping; ``axon`` and ``myelin`` among them.
    uncertainty
        (Y, X), float32, 0 certain to 1 undecided, of the model's masks; None where there is none.
    paths
        Masks of further paths for the same image, by the path's name.
    image
        The image; None where it is not known.

    Raises
    ------
    InputError
        Where the shapes differ or a layer is missing.
    """

    layers: Layers
    uncertainty: FloatArray | None = None
    paths: Mapping[str, LabelMap] = field(default_factory=dict)
    image: GreyImage | None = None

    def __post_init__(self) -> None:
        shape = shape_of(self.layers)
        if not {AXON, MYELIN} <= self.layers.keys():
            raise InputError(f"got the class layers {list(self.layers)}, expected '{AXON}' and '{MYELIN}' among them.")
        shapes: dict[str, tuple[int, ...]] = {
            f"masks of path '{name}'": labels.shape for name, labels in self.paths.items()
        }
        if self.uncertainty is not None:
            shapes["uncertainty map"] = self.uncertainty.shape
        if self.image is not None:
            shapes["image"] = tuple(self.image.shape)
        for name, found in shapes.items():
            if found != shape:
                raise InputError(
                    f"got {name} of shape {found} for masks of shape {shape}; expected those of the same image."
                )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return shape_of(self.layers)

    def grey(self, window: Window) -> FloatArray | None:
        """Return the image's intensities in a window, (Y, X), in its own units; None where it is not known."""
        return None if self.image is None else np.asarray(self.image[window], np.float32)


def whole_of(shape: tuple[int, int]) -> Window:
    """Return the window of a whole image."""
    return slice(0, shape[0]), slice(0, shape[1])
