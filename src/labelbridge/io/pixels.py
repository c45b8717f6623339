"""What decoding a file gives, and how large it may be."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labelbridge.core import AnyArray, InputError

__all__ = ["MAX_PIXELS", "PixelKind", "Pixels", "check_index", "check_size"]

MAX_PIXELS = 1_000_000_000
"""Images of more pixels are refused before anything is decoded: a small file can claim any size."""

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


def check_size(path: Path, width: int, height: int) -> None:
    """Raise InputError where an image of `width` times `height` pixels is more than can be meant."""
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{path}: got an image of {width} x {height} px, expected at most {MAX_PIXELS:,} px; cut it into tiles."
        )


def check_index(path: Path, planes: int, index: int | None) -> None:
    """Raise InputError where `index` (from 0, None for the only one) is no plane of an image that has `planes`."""
    if index is not None and not 0 <= index < planes:
        has = "a single plane" if planes == 1 else f"a stack of {planes} planes"
        expected = "0 or no --slices" if planes == 1 else f"0 to {planes - 1}"
        raise InputError(f"{path}: got --slices {index} for {has}, expected {expected}.")
