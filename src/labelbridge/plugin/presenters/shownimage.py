"""The image of a layer, as presenters know it: without the viewer, and read when it is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import AnyArray, FloatArray, Image, InputError
from labelbridge.io.channels import grey_plane
from labelbridge.io.pixels import Pixels, raster_of

__all__ = ["COLOUR_CHANNELS", "GreyWindows", "ShownImage"]

COLOUR_CHANNELS = ("luminance", "red", "green", "blue")
"""What can be taken of a colour image."""

_WHOLE_PX = 8192**2
_NUMBERS = "biuf"
"""Kinds of pixels that are whole numbers or floats, as NumPy calls them."""


@dataclass(frozen=True, eq=False)
class ShownImage:
    """What an image layer holds.

    Attributes
    ----------
    layer
        The viewer's own object; tells one image from another, and is not looked into.
    name
        What the user calls it.
    data
        Anything with a shape and a dtype that gives arrays when it is indexed: axes (..., Y, X), of colour images
        (..., Y, X, RGB or RGBA); any real dtype and unit.
    is_colour
        Whether the last axis holds colours.
    plane
        Which plane of a stack is seen: an index for each axis before Y.
    pixel_size_um
        Side of a pixel in um, or None where the viewer does not know.
    """

    layer: object
    name: str
    data: Any
    is_colour: bool = False
    plane: tuple[int, ...] = ()
    pixel_size_um: float | None = None

    @property
    def stack_shape(self) -> tuple[int, ...]:
        """Lengths of the axes before Y; empty for a single plane."""
        return tuple(self.data.shape[: -3 if self.is_colour else -2])

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        height, width = self.data.shape[len(self.stack_shape) :][:2]
        return int(height), int(width)

    @property
    def is_stack(self) -> bool:
        """Whether there is more than one plane."""
        return bool(self.stack_shape)

    @property
    def is_large(self) -> bool:
        """Whether a part of it is better worked on than the whole: above 8192 x 8192 px."""
        height, width = self.shape
        return height * width > _WHOLE_PX

    def planes(self, *, everything: bool) -> Iterator[tuple[int, ...]]:
        """Give the indices of all planes, or that of the one that is seen."""
        return iter(np.ndindex(self.stack_shape)) if everything else iter([self.plane])

    def read(self, plane: tuple[int, ...], channel: str | None = None) -> Image:
        """Read a plane; may take long where the viewer reads from files.

        Parameters
        ----------
        plane
            Index for each axis before Y.
        channel
            One of `COLOUR_CHANNELS` for a colour image; None takes its luminance, and grey as it is.

        Returns
        -------
        Image
            Named like the layer.

        Raises
        ------
        InputError
            Where the pixels are no finite plane of a size that can be worked on.
        """
        if np.dtype(self.data.dtype).kind not in _NUMBERS:
            raise InputError(
                f"{self.name}: got pixels of type {self.data.dtype}, expected whole numbers or floats; convert the "
                "image first."
            )
        data = np.asarray(self.data[plane] if plane else self.data)
        grey = _grey(self.name, data, is_colour=self.is_colour, channel=channel)
        return Image(grey, self.name, self.pixel_size_um)


@dataclass(frozen=True, eq=False)
class GreyWindows:
    """A single plane that is read as grey, window by window, when it is indexed by rows and columns.

    Attributes
    ----------
    name
        What the user calls the image.
    data
        As in `ShownImage`: axes (Y, X), of colour images (Y, X, RGB or RGBA).
    is_colour
        Whether the last axis holds colours.
    """

    name: str
    data: Any
    is_colour: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in px."""
        return tuple(self.data.shape[:2])

    @property
    def is_readable(self) -> bool:
        """Whether its pixels are whole numbers or floats."""
        return np.dtype(self.data.dtype).kind in _NUMBERS

    def __getitem__(self, window: tuple[slice, slice]) -> FloatArray:
        """Return the intensities of a window, (Y, X), float32; of colours their luminance."""
        return _grey(self.name, np.asarray(self.data[window]), is_colour=self.is_colour)


def _grey(name: str, data: AnyArray, *, is_colour: bool, channel: str | None = None) -> FloatArray:
    """Return the grey of a plane, (Y, X), or of its colours, (Y, X, colour)."""
    pixels = Pixels(data, "colour") if is_colour else Pixels(data[..., None], "grey")
    return grey_plane(Path(name), raster_of(pixels), channel if is_colour else None)
