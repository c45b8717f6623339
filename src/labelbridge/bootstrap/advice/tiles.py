"""A few tiles of U that show fibres."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from labelbridge.core import Image, Polarity, evenly

__all__ = ["Tile", "choose_tiles"]

_TILES = 4
_SIDE_FIBRES = 6.0
_SIDES_PX = (96, 768)
"""Shortest and longest side of a tile, as far as the image allows."""

_Window = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Tile:
    """A square of an image of U.

    Attributes
    ----------
    image
        Its pixels, named like the image that it is of.
    polarity
        Shade of its axons.
    fibre_px
        Fibre diameter in px.
    """

    image: Image
    polarity: Polarity
    fibre_px: float


def choose_tiles(images: Sequence[Image], polarity: Polarity, fibre_px: Callable[[Image], float]) -> list[Tile]:
    """Cut squares out of images, spread evenly over them, and out of the half of each that has more contrast.

    Parameters
    ----------
    images
        Images of U; of many, some are taken, spread evenly.
    polarity
        Shade of their axons.
    fibre_px
        Gives the fibre diameter of an image in px; a tile is six fibres wide.

    Returns
    -------
    list of Tile
        About four, and one of each image taken at least.
    """
    taken = [images[index] for index in evenly(len(images), _TILES)]
    wanted = -(-_TILES // len(taken))
    tiles = []
    for image in taken:
        size_px = fibre_px(image)
        windows = _structured(image, _windows(image.shape, _side_px(image, size_px)), wanted)
        for index in evenly(len(windows), wanted):
            tiles.append(Tile(image.with_data(np.array(image.data[windows[index]])), polarity, size_px))
    return tiles


def _side_px(image: Image, fibre_px: float) -> int:
    shortest, longest = _SIDES_PX
    return min(*image.shape, max(shortest, min(longest, round(_SIDE_FIBRES * fibre_px))))


def _windows(shape: tuple[int, int], side: int) -> list[_Window]:
    """Return as many squares as fit beside each other, spread over an image."""
    tops, lefts = (np.linspace(0, length - side, length // side).astype(int).tolist() for length in shape)
    return [(slice(top, top + side), slice(left, left + side)) for top, left in product(tops, lefts)]


def _structured(image: Image, windows: Sequence[_Window], least: int) -> list[_Window]:
    """Leave out the half of the windows with less contrast, but keep `least`: empty resin tells nothing."""
    contrasts = [float(image.data[window].std()) for window in windows]
    ranked = sorted(range(len(windows)), key=lambda index: -contrasts[index])
    return [windows[index] for index in sorted(ranked[: max(least, -(-len(windows) // 2))])]
