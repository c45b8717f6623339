"""Masks that are in memory, written as those of files are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, ClassMap, Image, LabelMap
from labelbridge.io.export.sources import stack_labels

__all__ = ["HeldMasks", "join_masks"]


@dataclass(frozen=True, eq=False)
class HeldMasks:
    """The masks of one image, as `FORMATS` write them.

    Attributes
    ----------
    stem
        Stem of the image.
    masks
        A mask for each class, ``axon`` and ``myelin`` among them: (Y, X), or (Z, Y, X) for a stack, all of one shape;
        any whole numbers, 0 outside. Where they overlap the axon wins over the myelin, and both over further classes.
    pixel_size_um
        Side of a pixel, or None where unknown.
    read_image
        Reads the image: the plane of this index, or the only one where it is None. None where it is unknown.
    index
        Plane of the stack that this is, or None.
    """

    stem: str
    masks: Mapping[str, AnyArray]
    pixel_size_um: float | None = None
    read_image: Callable[[int | None], Image] | None = None
    index: int | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """The image's name: there are no files."""
        return (self.stem,)

    @property
    def planes(self) -> int | None:
        """Number of planes of a stack, or None for single planes."""
        shape = next(iter(self.masks.values())).shape
        return None if self.index is not None or len(shape) == 2 else int(shape[0])

    @property
    def has_image(self) -> bool:
        """Whether the image can be read."""
        return self.read_image is not None

    def labels(self) -> LabelMap:
        """Return the labels of the plane."""
        return self._labels(self.index)

    def volume(self) -> tuple[AnyArray, ClassMap]:
        """Return the labels of the stack: (Z, Y, X), uint8, on disk where they are large."""
        assert self.planes is not None, "a stack is asked for its volume"
        return stack_labels(self.planes, self._labels)

    def image(self, channel: str | int | None) -> Image | None:
        """Read the image, with this stem and pixel size; `read_image` has chosen the channel already."""
        if self.read_image is None:
            return None
        return replace(self.read_image(self.index), name=self.stem, pixel_size_um=self.pixel_size_um)

    def each_plane(self) -> "Iterator[HeldMasks]":
        """Give the planes of a stack one by one, ``<stem>_z0000`` and so on; else this."""
        if self.planes is None:
            yield self
        for index in range(self.planes or 0):
            yield replace(self, stem=f"{self.stem}_z{index:04d}", index=index)

    def _labels(self, index: int | None) -> LabelMap:
        return join_masks(self.masks if index is None else {name: mask[index] for name, mask in self.masks.items()})


def join_masks(masks: Mapping[str, AnyArray]) -> LabelMap:
    """Return masks of one shape (Y, X), 0 outside, as one label map.

    The classes are ``background``, ``axon``, ``myelin``, then the others in their order. Where masks overlap the axon
    wins over the myelin, and both over further classes.
    """
    classes = ClassMap((BACKGROUND, *dict.fromkeys((AXON, MYELIN, *masks))))
    values = np.zeros(masks[AXON].shape, np.uint8)
    for name in reversed(classes.foreground):
        values[np.asarray(masks[name]) != 0] = classes.value(name)
    return LabelMap(values, classes)
