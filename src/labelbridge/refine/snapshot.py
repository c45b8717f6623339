"""Class layers as they were at a moment, for another thread."""

from labelbridge.core import LabelArray
from labelbridge.refine.edits import Layers, shape_of
from labelbridge.refine.packedmask import PackedMask

__all__ = ["Snapshot"]


class Snapshot:
    """What class layers are now, in an eighth of their size: taken in some milliseconds, and unpacked elsewhere.

    Parameters
    ----------
    layers
        Class layers by name, each (Y, X), uint8; all but 0 counts as 1.

    Attributes
    ----------
    shape
        Height and width of the layers in px.

    Raises
    ------
    InputError
        Where the layers are not uint8 planes of one shape.
    """

    def __init__(self, layers: Layers) -> None:
        self.shape = shape_of(layers)
        self._masks = {name: PackedMask(layer) for name, layer in layers.items()}

    def layer(self, name: str) -> LabelArray:
        """Return a layer as it was: a new array (Y, X), uint8, 0 and 1."""
        return self._masks[name].whole()

    def layers(self) -> dict[str, LabelArray]:
        """Return all layers as they were, by name."""
        return {name: mask.whole() for name, mask in self._masks.items()}
