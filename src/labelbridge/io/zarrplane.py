"""One plane of a Zarr array, decoded by whole chunks."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.core import AnyArray
from labelbridge.io.pixels import Block, PixelKind, Raster

if TYPE_CHECKING:
    import zarr

__all__ = ["ZarrPlane"]

_COLOURS = ("red", "green", "blue")
_BLOCK_PX = 2**22
_MOST_CHUNKS = 250_000
_LARGE_CHUNK_BYTES = 2**26
_AT_ONCE = 4
_METADATA = (".zarray", ".zattrs", "zarr.json")


class ZarrPlane:
    """A plane, all its channels with it.

    Parameters
    ----------
    array
        The array.
    axes
        Names of its axes; ``y`` and ``x`` span the plane, ``c`` counts channels, all others planes.
    index
        Which plane, from 0, in the order of the array.
    """

    def __init__(self, array: "zarr.Array[Any]", axes: str, index: int) -> None:
        self._array, self._axes = array, axes
        self._sizes = dict(zip(axes, array.shape, strict=True))
        self._chunks = dict(zip(axes, array.chunks, strict=True))
        stack = [axis for axis in axes if axis not in "yxc"]
        position = np.unravel_index(index, [self._sizes[axis] for axis in stack]) if stack else ()
        self._position = {axis: int(place) for axis, place in zip(stack, position, strict=True)}

    def raster(self, names: Sequence[str]) -> Raster:
        """Return the plane; raises ValueError where it has no or too many chunks."""
        sizes, chunks = self._sizes, self._chunks
        if math.ceil(sizes["y"] / chunks["y"]) * math.ceil(sizes["x"] / chunks["x"]) > _MOST_CHUNKS:
            raise ValueError(f"its plane has more than {_MOST_CHUNKS:,} chunks; save it with larger ones")
        if not _has_chunks(self._array):
            raise ValueError("all its chunks are missing")
        channels = sizes.get("c", 1)
        named = tuple(names) if len(names) == channels > 1 else ()
        kind = _kind(channels, named)
        return Raster((sizes["y"], sizes["x"]), channels, self._array.dtype, kind, self._blocks, named)

    def _blocks(self, channels: Sequence[int]) -> Iterator[Block]:
        import zarr

        at_once = 1 if math.prod(self._array.chunks) * self._array.dtype.itemsize > _LARGE_CHUNK_BYTES else _AT_ONCE
        with zarr.config.set({"async.concurrency": at_once}):
            for rows, columns in self._steps():
                parts = [self._read(rows, columns, channel) for channel in channels]
                yield Block(rows, columns, np.stack(parts, axis=-1))

    def _steps(self) -> Iterator[tuple[slice, slice]]:
        """Yield rectangles of whole chunks that cover the plane."""
        sizes, chunks = self._sizes, self._chunks
        across = sizes["x"]
        if chunks["y"] * across > _BLOCK_PX:
            across = chunks["x"] * max(1, _BLOCK_PX // (chunks["y"] * chunks["x"]))
        down = chunks["y"] * max(1, _BLOCK_PX // (chunks["y"] * across))
        for top in range(0, sizes["y"], down):
            for left in range(0, sizes["x"], across):
                yield slice(top, min(sizes["y"], top + down)), slice(left, min(sizes["x"], left + across))

    def _read(self, rows: slice, columns: slice, channel: int) -> AnyArray:
        """Return part of a channel, axes (Y, X)."""
        places: dict[str, int | slice] = {**self._position, "y": rows, "x": columns, "c": channel}
        data = np.asarray(self._array[tuple(places[axis] for axis in self._axes)])
        return data if self._axes.index("y") < self._axes.index("x") else data.T


def _has_chunks(array: "zarr.Array[Any]") -> bool:
    """Tell whether there is anything but metadata: chunks of one value may be missing, but hardly all."""
    folder = Path(getattr(array.store, "root", ""))
    return any(file.name not in _METADATA and file.is_file() for file in folder.rglob("*"))


def _kind(channels: int, names: Sequence[str]) -> PixelKind:
    if channels == 1:
        return "grey"
    return "colour" if tuple(name.strip().casefold() for name in names) == _COLOURS else "channels"
