"""What the review looks at: the class layers, and what the paths said about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelbridge.core import AXON, MYELIN, FloatArray, InputError, LabelMap
from labelbridge.refine.edits import Layers, Window, shape_of

__all__ = ["Sources", "whole_of"]


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

    Raises
    ------
    InputError
        Where the shapes differ or a layer is missing.
    """

    layers: Layers
    uncertainty: FloatArray | None = None
    paths: Mapping[str, LabelMap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = shape_of(self.layers)
        if not {AXON, MYELIN} <= self.layers.keys():
            raise InputError(f"got the class layers {list(self.layers)}, expected '{AXON}' and '{MYELIN}' among them.")
        shapes = {f"masks of path '{name}'": labels.shape for name, labels in self.paths.items()}
        if self.uncertainty is not None:
            shapes["uncertainty map"] = self.uncertainty.shape
        for name, found in shapes.items():
            if found != shape:
                raise InputError(
                    f"got {name} of shape {found} for masks of shape {shape}; expected those of the same image."
                )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return shape_of(self.layers)


def whole_of(shape: tuple[int, int]) -> Window:
    """Return the window of a whole image."""
    return slice(0, shape[0]), slice(0, shape[1])
