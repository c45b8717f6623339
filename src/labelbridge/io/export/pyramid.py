"""Smaller and smaller copies of labels, for viewers."""

from labelbridge.core import AnyArray

__all__ = ["TILE_PX", "label_pyramid"]

TILE_PX = 512
"""Side of a tile; copies are made until one fits into a tile."""


def label_pyramid(labels: AnyArray) -> list[AnyArray]:
    """Return labels (..., Y, X) and views of every 2nd, 4th, ... pixel, until both sides are within `TILE_PX`."""
    levels = [labels]
    while max(levels[-1].shape[-2:]) > TILE_PX:
        levels.append(levels[-1][..., ::2, ::2])
    return levels
