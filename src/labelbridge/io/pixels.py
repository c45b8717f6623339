"""What decoding a file gives, and how large it may be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from labelbridge.core import AnyArray, InputError, bands, scratch_array

__all__ = [
    "MAX_PIXELS",
    "MAX_PLANES",
    "MAX_SEGMENT_BYTES",
    "Block",
    "PixelKind",
    "Pixels",
    "Raster",
    "check_index",
    "check_planes",
    "check_size",
    "decode_all",
    "raster_of",
]

MAX_PIXELS = 1_000_000_000
"""Images of more pixels are refused before anything is decoded: a small file can claim any size."""

MAX_PLANES = 100_000
"""Stacks of more planes are refused: metadata can claim any number."""

MAX_SEGMENT_BYTES = 2**29
"""Compressed tiles, strips and chunks that are larger once decoded are refused: they take memory as a whole."""

PixelKind = Literal["grey", "colour", "channels"]
"""``grey``: grey or grey and alpha; ``colour``: red, green, blue or these and alpha; ``channels``: independent ones."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """The decoded content of an image file.

    Attributes
    ----------
    data
        Axes (Y, X, channel), the file's own dtype and units.
    kind
        What the channels are.
    """

    data: AnyArray
    kind: PixelKind


class Block(NamedTuple):
    """A rectangle of decoded pixels."""

    rows: slice
    """Where it lies along Y."""

    columns: slice
    """Where it lies along X."""

    data: AnyArray
    """Axes (Y, X, channel)."""


@dataclass(frozen=True, eq=False)
class Raster:
    """One plane of an image file, decoded block by block when it is asked for.

    Attributes
    ----------
    shape
        Height and width in px.
    channels
        Number of channels.
    dtype
        The file's own.
    kind
        What the channels are.
    blocks
        Decodes the channels of the given indices, in their order, as blocks that cover the plane; pixels outside all
        blocks are 0.
    names
        Names that the file gives to the channels, in their order; empty where it gives none.
    """

    shape: tuple[int, int]
    channels: int
    dtype: np.dtype[Any]
    kind: PixelKind
    blocks: Callable[[Sequence[int]], Iterator[Block]]
    names: tuple[str, ...] = ()


def raster_of(pixels: Pixels) -> Raster:
    """Return decoded pixels as a raster."""
    data = pixels.data
    shape = (data.shape[0], data.shape[1])

    def blocks(channels: Sequence[int]) -> Iterator[Block]:
        for band in bands(shape):
            yield Block(band, slice(0, shape[1]), data[band][..., list(channels)])

    return Raster(shape, data.shape[-1], data.dtype, pixels.kind, blocks)


def decode_all(raster: Raster) -> Pixels:
    """Return all channels of a raster, on disk where they are large."""
    data = scratch_array((*raster.shape, raster.channels), raster.dtype)
    for rows, columns, block in raster.blocks(range(raster.channels)):
        data[rows, columns] = block
    return Pixels(data, raster.kind)


def check_size(path: Path, width: int, height: int) -> None:
    """Raise InputError where an image of `width` times `height` pixels is more than can be meant."""
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{path}: got an image of {width} x {height} px, expected at most {MAX_PIXELS:,} px; cut it into tiles."
        )


def check_planes(path: Path, planes: int) -> None:
    """Raise InputError where a stack of `planes` planes is more than can be meant."""
    if planes > MAX_PLANES:
        raise InputError(f"{path}: got a stack of {planes} planes, expected at most {MAX_PLANES:,}; split the stack.")


def check_index(path: Path, planes: int, index: int | None) -> None:
    """Raise InputError where `index` (from 0, None for the only one) is no plane of an image that has `planes`."""
    if index is not None and not 0 <= index < planes:
        has = "a single plane" if planes == 1 else f"a stack of {planes} planes"
        expected = "0 or no --slices" if planes == 1 else f"0 to {planes - 1}"
        raise InputError(f"{path}: got --slices {index} for {has}, expected {expected}.")
