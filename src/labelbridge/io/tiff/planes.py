"""How planes and channels are spread over the pages of a TIFF."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["CHANNEL_AXES", "Axis", "Layout"]

CHANNEL_AXES = "CS"
"""Names of axes that count channels, not planes."""


class Axis(NamedTuple):
    """An axis that counts planes or channels."""

    name: str
    """``Z``, ``T``, ``C``, ``S`` or another letter."""

    size: int
    """How many there are."""


@dataclass(frozen=True)
class Layout:
    """What the pages of a TIFF are.

    Attributes
    ----------
    axes
        Axes with more than one position that are spread over pages; the last is the fastest.
    pages
        Page of each combination of positions, None for one that is not in this file; None as a whole where all follow
        each other in the data of the first page.
    names
        Names of the channels, empty where the file gives none.
    """

    axes: tuple[Axis, ...]
    pages: Sequence[int | None] | None
    names: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Number of channels that are spread over pages."""
        return math.prod(axis.size for axis in self.axes if axis.name in CHANNEL_AXES)

    @property
    def planes(self) -> int:
        """Number of planes of the stack."""
        return math.prod(axis.size for axis in self.axes if axis.name not in CHANNEL_AXES)

    def positions(self, plane: int) -> list[int]:
        """Return where the channels of a plane are, counted over all axes."""
        sizes = [axis.size for axis in self.axes]
        channels = [number for number, axis in enumerate(self.axes) if axis.name in CHANNEL_AXES]
        counted = np.arange(math.prod(sizes)).reshape(sizes)
        last = range(-len(channels), 0)
        by_plane: list[list[int]] = np.moveaxis(counted, channels, last).reshape(self.planes, self.channels).tolist()
        return by_plane[plane]
