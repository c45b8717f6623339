"""Decoding one page of a TIFF strip by strip or tile by tile."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tifffile
from numpy.typing import DTypeLike
from tifffile import COMPRESSION

from labelbridge.core import AnyArray, bands
from labelbridge.io.pixels import MAX_SEGMENT_BYTES, Block
from labelbridge.io.tiff.embedded import embedded_size

__all__ = ["Wanted", "read_blocks"]

_PLAIN_CODECS = (1, 2, 3, 4, 5, 8, 32773, 32946, 34926, 50000)  # none, fax, LZW, deflate, PackBits, Zstandard
_IMAGE_CODECS = (6, 7, 33003, 33004, 33005, 34712)  # JPEG, JPEG 2000; they state their own size
_JPEG = (6, 7)
_CHUNKY = 1


class Wanted(NamedTuple):
    """What to decode of a page."""

    samples: Sequence[int]
    """Which of its channels."""

    depth: int = 0
    """Which plane of a page that holds a volume."""

    run: int = 0
    """How many planes behind that of the page, where planes follow each other in its data."""


def read_blocks(page: tifffile.TiffPage, wanted: Wanted) -> Iterator[Block]:
    """Decode a page block by block, from top to bottom; no more than one segment is in memory.

    Raises
    ------
    ValueError, tifffile.TiffFileError, ...
        Where pixels are missing or damaged, or a segment is too large.
    """
    if _is_run_of_rows(page):
        return _rows(page, wanted)
    if wanted.run:
        raise ValueError("planes are missing")
    return _segments(page, wanted)


def _is_run_of_rows(page: tifffile.TiffPage) -> bool:
    return bool(page.is_contiguous and page.predictor == 1 and page.fillorder == 1 and not page.is_subsampled)


def _rows(page: tifffile.TiffPage, wanted: Wanted) -> Iterator[Block]:
    """Read uncompressed rows, which follow each other."""
    _, depth, height, width, samples = page.shaped
    dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    row_bytes = width * samples * dtype.itemsize
    start = page.dataoffsets[0] + wanted.run * page.nbytes
    is_chunky = samples > 1
    for band in bands((height, width * samples)):
        shape = (band.stop - band.start, width, samples)
        parts = []
        for sample in (0,) if is_chunky else wanted.samples:
            row = (sample * depth + wanted.depth) * height + band.start
            content = _read(page, start + row * row_bytes, shape[0] * row_bytes)
            parts.append(np.frombuffer(content, dtype).reshape(shape))
        yield Block(band, slice(0, width), _pick(parts, is_chunky, wanted))


def _segments(page: tifffile.TiffPage, wanted: Wanted) -> Iterator[Block]:
    """Decode strips or tiles; empty ones are left out."""
    grid = _Grid.of(page)
    _check(page, grid)
    is_chunky, dtype = grid.samples > 1, np.dtype(page.dtype)
    for row in range(grid.down):
        for column in range(grid.across):
            rows = slice(row * grid.height, min(page.imagelength, (row + 1) * grid.height))
            columns = slice(column * grid.width, min(page.imagewidth, (column + 1) * grid.width))
            samples = (0,) if is_chunky else wanted.samples
            parts = [_decode(page, grid, grid.number(sample, wanted.depth, row, column)) for sample in samples]
            if any(part is not None for part in parts):
                shape = (rows.stop - rows.start, columns.stop - columns.start, grid.samples)
                inside = [_inside(part, wanted.depth % grid.depth, shape, dtype) for part in parts]
                yield Block(rows, columns, _pick(inside, is_chunky, wanted))


def _inside(segment: AnyArray | None, depth: int, shape: tuple[int, int, int], dtype: DTypeLike) -> AnyArray:
    """Return what of a segment is in the image, zeros for an empty one: axes (Y, X, channel)."""
    return np.zeros(shape, dtype) if segment is None else segment[depth, : shape[0], : shape[1]]


class _Grid(NamedTuple):
    """How a page is cut into segments."""

    depth: int
    height: int
    width: int
    samples: int
    deep: int
    down: int
    across: int

    @classmethod
    def of(cls, page: tifffile.TiffPage) -> "_Grid":
        if page.is_tiled:
            depth, height, width = page.tiledepth, page.tilelength, page.tilewidth
        else:
            depth, height, width = 1, page.rowsperstrip, page.imagewidth
        if min(depth, height, width) < 1:
            raise ValueError("its strips or tiles have no size")
        samples = page.samplesperpixel if page.planarconfig == _CHUNKY else 1
        sizes = ((page.imagedepth, depth), (page.imagelength, height), (page.imagewidth, width))
        return cls(depth, height, width, samples, *(math.ceil(size / step) for size, step in sizes))

    def number(self, sample: int, depth: int, row: int, column: int) -> int:
        """Return the number of a segment in the page's tables."""
        return ((sample * self.deep + depth // self.depth) * self.down + row) * self.across + column


def _check(page: tifffile.TiffPage, grid: _Grid) -> None:
    """Refuse, before anything is decoded, what cannot be decoded within bounds."""
    if page.compression not in _PLAIN_CODECS + _IMAGE_CODECS:
        name = COMPRESSION(page.compression).name if page.compression in set(COMPRESSION) else page.compression
        raise ValueError(f"its compression {name} cannot be read; save it with LZW, deflate, JPEG or Zstandard")
    size = grid.depth * grid.height * grid.width * grid.samples * np.dtype(page.dtype).itemsize
    if size > MAX_SEGMENT_BYTES:
        raise ValueError(f"one strip or tile of it takes {size:,} bytes; save it as a tiled TIFF")
    planar = 1 if page.planarconfig == _CHUNKY else page.samplesperpixel
    if min(len(page.dataoffsets), len(page.databytecounts)) < planar * grid.deep * grid.down * grid.across:
        raise ValueError("strips or tiles are missing")
    if not any(page.databytecounts):
        raise ValueError("all strips or tiles are empty")


def _decode(page: tifffile.TiffPage, grid: _Grid, number: int) -> AnyArray | None:
    """Return a segment, axes (Z, Y, X, channel), None where it is empty."""
    count = page.databytecounts[number]
    if not count:
        return None
    if count > 2 * MAX_SEGMENT_BYTES:
        raise ValueError(f"one strip or tile of it has {count:,} bytes; save it as a tiled TIFF")
    content = _read(page, page.dataoffsets[number], count)
    if page.compression in _IMAGE_CODECS:
        width, height = embedded_size(content)
        if width * height * grid.samples * np.dtype(page.dtype).itemsize > MAX_SEGMENT_BYTES:
            raise ValueError(f"a strip or tile claims {width} x {height} px")
    tables = page.jpegtables if page.compression in _JPEG else None
    data: AnyArray | None = page.decode(content, number, jpegtables=tables)[0]
    return data


def _read(page: tifffile.TiffPage, offset: int, count: int) -> bytes:
    stream = page.parent.filehandle
    if offset + count > stream.size:
        raise ValueError("pixels are missing at the end")
    stream.seek(offset)
    content: bytes = stream.read(count)
    return content


def _pick(parts: Sequence[AnyArray], is_chunky: bool, wanted: Wanted) -> AnyArray:
    """Return the wanted channels: of one array that has all, or of one array each."""
    if is_chunky:
        return parts[0][..., list(wanted.samples)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
