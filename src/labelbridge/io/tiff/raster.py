"""One plane of a TIFF, of which only the wanted segments and channels are decoded."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from labelbridge.core import AnyArray, InputError
from labelbridge.io.pixels import Block, PixelKind, Raster, check_index, check_planes, check_size
from labelbridge.io.tiff.layout import find_layout
from labelbridge.io.tiff.pages import Pages, open_pages
from labelbridge.io.tiff.planes import Layout
from labelbridge.io.tiff.segments import Wanted, read_blocks

__all__ = ["count_tiff_planes", "open_tiff"]

_ALPHA = (1, 2)
_COLOUR_KINDS = (PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR)


def count_tiff_planes(path: Path) -> int:
    """Return the number of planes of a TIFF; raises what `open_tiff` does."""
    with open_pages(path) as pages:
        layout = find_layout(path, pages)
        planes = layout.planes * _first_page(layout, pages).imagedepth
        check_planes(path, planes)
        return planes


@contextmanager
def open_tiff(path: Path, index: int | None, *, palette_indices: bool) -> Iterator[Raster]:
    """Open a plane of a TIFF as `labelbridge.io.decode.open_raster` does.

    Raises
    ------
    InputError
        Where the file holds a stack and no plane of it is chosen, holds several images, or claims to be too large.
    Exception
        Where it is damaged.
    """
    with open_pages(path) as pages:
        layout = find_layout(path, pages)
        first = _first_page(layout, pages)
        check_size(path, first.imagewidth, first.imagelength)
        _check_plane(path, layout, first, index)
        plane, depth = divmod(index or 0, first.imagedepth)
        yield _interpret(path, _Plane(pages, layout, layout.positions(plane), depth), first, palette_indices)


def _first_page(layout: Layout, pages: Pages) -> tifffile.TiffPage:
    number = 0 if layout.pages is None else next((one for one in layout.pages if one is not None), 0)
    return pages[number]


def _check_plane(path: Path, layout: Layout, page: tifffile.TiffPage, index: int | None) -> None:
    """Raise InputError where the planes and channels are too many to be meant, or `index` does not choose one."""
    axes = "".join(axis.name for axis in layout.axes) + page.axes
    sizes = " x ".join(str(size) for size in (*(axis.size for axis in layout.axes), *page.shape))
    if axes.count("Y") > 1 or axes.count("X") > 1:
        raise InputError(
            f"{path}: got an image of {sizes} (axes {axes}), expected whole planes; save it with axes CYX."
        )
    if axes.count("C") + axes.count("S") > 1:
        raise InputError(
            f"{path}: got an image of {sizes} (axes {axes}), expected one kind of channels; save it with one."
        )
    planes = layout.planes * page.imagedepth
    check_planes(path, planes)
    if index is None and planes > 1:
        raise InputError(
            f"{path}: got a stack of {sizes} (axes {axes}), expected one plane; choose it with --slices 0 to "
            f"{planes - 1}, or take every plane with --slices all."
        )
    check_index(path, planes, index)


@dataclass(frozen=True)
class _Plane:
    """Where the channels of a plane are."""

    pages: Pages
    layout: Layout
    positions: Sequence[int]
    """Of each channel, or only one where all channels share a page."""

    depth: int
    """Which plane of a page that holds a volume."""

    def blocks(self, channels: Sequence[int]) -> Iterator[Block]:
        """Decode channels of a plane."""
        if len(self.positions) == 1:
            return self._of_page(self.positions[0], channels)
        return _side_by_side([self._of_page(self.positions[channel], (0,)) for channel in channels])

    def _of_page(self, position: int, samples: Sequence[int]) -> Iterator[Block]:
        first = _first_page(self.layout, self.pages)
        if self.layout.pages is None:
            return read_blocks(first, Wanted(samples, self.depth, run=position))
        number = self.layout.pages[position]
        if number is None:
            raise ValueError("the plane is not in this file")
        page = self.pages[number]
        if page.shape != first.shape or page.dtype != first.dtype:
            raise ValueError("its planes differ in size or type")
        return read_blocks(page, Wanted(samples, self.depth))


def _side_by_side(channels: Sequence[Iterator[Block]]) -> Iterator[Block]:
    """Join the blocks of single channels."""
    if len(channels) == 1:
        return channels[0]
    return (_joined(blocks) for blocks in zip(*channels, strict=True))


def _joined(blocks: Sequence[Block]) -> Block:
    first = blocks[0]
    if any((block.rows, block.columns) != (first.rows, first.columns) for block in blocks):
        raise ValueError("its channels are cut into different strips or tiles")
    return Block(first.rows, first.columns, np.concatenate([block.data for block in blocks], axis=-1))


def _interpret(path: Path, plane: _Plane, page: tifffile.TiffPage, palette_indices: bool) -> Raster:
    """Say what the channels mean; turn palettes into colours and inverted grey the right way round."""
    shape = (page.imagelength, page.imagewidth)
    channels = len(plane.positions) * page.samplesperpixel
    if page.dtype is None:
        raise ValueError(f"{page.bitspersample} bits of sample format {page.sampleformat} cannot be read")
    names = plane.layout.names
    if page.photometric == PHOTOMETRIC.SEPARATED:
        raise InputError(f"{path}: got inks (CMYK), expected grey or RGB; convert the image.")
    if page.photometric == PHOTOMETRIC.PALETTE and page.colormap is not None and not plane.pages.is_imagej:
        table = np.moveaxis(np.asarray(page.colormap), 0, -1)
        if not palette_indices or bool((table == table[:, :1]).all()):
            return Raster(shape, 3, table.dtype, "colour", _through(plane, table))
    if page.photometric == PHOTOMETRIC.MINISWHITE and page.dtype.kind == "u" and page.bitspersample >= 8:
        return Raster(shape, channels, page.dtype, _kind(channels, page), _inverted(plane, page.dtype), names)
    return Raster(shape, channels, page.dtype, _kind(channels, page), plane.blocks, names)


def _through(plane: _Plane, table: AnyArray) -> Callable[[Sequence[int]], Iterator[Block]]:
    """Return what gives the colours of a palette."""

    def blocks(channels: Sequence[int]) -> Iterator[Block]:
        for rows, columns, data in plane.blocks((0,)):
            yield Block(rows, columns, table[data[..., 0]][..., list(channels)])

    return blocks


def _inverted(plane: _Plane, dtype: np.dtype[Any]) -> Callable[[Sequence[int]], Iterator[Block]]:
    """Return what gives grey values where 0 is white the other way round."""

    def blocks(channels: Sequence[int]) -> Iterator[Block]:
        return (block._replace(data=np.iinfo(dtype).max - block.data) for block in plane.blocks(channels))

    return blocks


def _kind(channels: int, page: tifffile.TiffPage) -> PixelKind:
    if channels == 1:
        return "grey"
    if page.samplesperpixel == channels in (3, 4) and page.photometric in _COLOUR_KINDS:
        return "colour"
    if page.samplesperpixel == channels == 2 and page.extrasamples and page.extrasamples[0] in _ALPHA:
        return "grey"
    return "channels"
