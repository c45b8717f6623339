"""Working on an image of any size in overlapping tiles, so that no seam shows and no image has to be in memory.

Tiles begin at multiples of the network's own multiple: all of them see a pixel at the same place of its grid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import FloatArray, Plane

__all__ = ["Corner", "TiledAxis", "Tiling", "work_in_tiles"]

Corner: TypeAlias = tuple[int, int]
"""First row and column of a tile in px."""

_Work: TypeAlias = Callable[[FloatArray, Sequence[Corner]], FloatArray]


@dataclass(frozen=True, eq=False)
class TiledAxis:
    """One axis of an image, cut into tiles.

    Attributes
    ----------
    length
        Px of the image.
    side
        Px of a tile.
    starts
        First px of each tile, evenly spread; the last tile may end beyond the image.
    weights
        (tile, px of the tile), float32, above 0: how much each tile counts, smooth, together 1 at every px.
    """

    length: int
    side: int
    starts: tuple[int, ...]
    weights: FloatArray

    @classmethod
    def cut(cls, length: int, side: int, multiple: int, overlap: float) -> "TiledAxis":
        """Cut an axis.

        Parameters
        ----------
        length
            Px of the image.
        side
            Largest side of a tile in px; two multiples where it is less, so that tiles can overlap.
        multiple
            Px that the side and the starts of tiles are multiples of.
        overlap
            Part of its side that a tile shares with the next one at least, from 0 to less than 1.
        """
        padded = -(-length // multiple)
        cells = min(padded, max(2, side // multiple))
        step = max(1, int(cells * (1 - overlap)))
        free = padded - cells
        gaps = -(-free // step)
        starts = tuple(k * free // max(1, gaps) * multiple for k in range(gaps + 1))
        return cls(length, cells * multiple, starts, _weights(starts, cells * multiple))

    @property
    def padded(self) -> int:
        """Px up to the end of the last tile."""
        return self.starts[-1] + self.side


@dataclass(frozen=True, eq=False)
class Tiling:
    """An image cut into tiles.

    Attributes
    ----------
    rows, columns
        Its axes.
    """

    rows: TiledAxis
    columns: TiledAxis

    @classmethod
    def cut(cls, shape: tuple[int, int], side: int, multiple: int, overlap: float) -> "Tiling":
        """Cut an image of `shape` (height, width), both axes as `TiledAxis.cut` does."""
        rows, columns = (TiledAxis.cut(length, side, multiple, overlap) for length in shape)
        return cls(rows, columns)

    def __len__(self) -> int:
        return len(self.rows.starts) * len(self.columns.starts)


def work_in_tiles(plane: Plane, tiling: Tiling, batch: int, work: _Work) -> Iterator[FloatArray]:
    """Give the results of `work`, blended, band by band, as soon as no further tile touches a band.

    Parameters
    ----------
    plane
        The image; beyond its end a tile sees it mirrored, as often as it takes.
    tiling
        Tiles of an image of its shape.
    batch
        Tiles that `work` gets at once.
    work
        Called with tiles (tile, Y, X), float32, and their corners, row by row; returns as much.

    Yields
    ------
    FloatArray
        Bands (rows, X), float32, from top to bottom, together of the plane's shape.
    """
    rows, columns = tiling.rows, tiling.columns
    sums = np.zeros((rows.side, columns.padded), np.float32)
    results = _results(plane, tiling, batch, work)
    for row, top in enumerate(rows.starts):
        for column, left in enumerate(columns.starts):
            weights = rows.weights[row][:, None] * columns.weights[column]
            sums[:, left : left + columns.side] += weights * next(results)
        final = rows.starts[row + 1] - top if row + 1 < len(rows.starts) else rows.length - top
        yield sums[:final, : columns.length].copy()
        sums = np.concatenate([sums[final:], np.zeros_like(sums[:final])])


def _results(plane: Plane, tiling: Tiling, batch: int, work: _Work) -> Iterator[FloatArray]:
    """Give the result of each tile (Y, X), row by row; a batch may hold tiles of several rows of a narrow image."""
    tiles = _tiles(plane, tiling)
    while taken := list(islice(tiles, batch)):
        yield from work(np.stack([tile for _, tile in taken]), [corner for corner, _ in taken])


def _tiles(plane: Plane, tiling: Tiling) -> Iterator[tuple[Corner, FloatArray]]:
    rows, columns = tiling.rows, tiling.columns
    for top in rows.starts:
        strip = _mirrored_rows(plane, top, rows.side, columns.padded)
        for left in columns.starts:
            yield (top, left), strip[:, left : left + columns.side]


def _weights(starts: Sequence[int], side: int) -> FloatArray:
    """Return sin² over each tile, divided by the sum over all tiles."""
    window = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    total = np.zeros(starts[-1] + side)
    for start in starts:
        total[start : start + side] += window
    return np.stack([window / total[start : start + side] for start in starts]).astype(np.float32)


def _mirrored_rows(plane: Plane, top: int, height: int, width: int) -> FloatArray:
    """Return rows of the plane, mirrored at its lower and right border as often as it takes: (height, width)."""
    rows = _mirrored(np.arange(top, top + height), plane.shape[0])
    columns = _mirrored(np.arange(width), plane.shape[1])
    first = int(rows.min())
    data = plane.rows(first, int(rows.max()) + 1)
    return np.asarray(data[rows - first][:, columns], np.float32)


def _mirrored(indices: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Return the px of an axis of `length` that lie at indices (from 0) when it is mirrored beyond its end."""
    indices = indices % (2 * length)
    return np.asarray(np.minimum(indices, 2 * length - 1 - indices), np.intp)
