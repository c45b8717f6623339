"""The pages of a TIFF, each parsed when it is asked for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import overload

import tifffile

from labelbridge.io.tiff.chain import read_chain

__all__ = ["Pages", "open_pages"]


class Pages(Sequence[tifffile.TiffPage]):
    """The pages of an open TIFF in their order; those below others (levels of pyramids) are not among them."""

    def __init__(self, tiff: tifffile.TiffFile, offsets: Sequence[int]) -> None:
        self._tiff, self._offsets = tiff, offsets
        self._first = self._parse(0)

    def __len__(self) -> int:
        return len(self._offsets)

    @overload
    def __getitem__(self, index: int) -> tifffile.TiffPage: ...
    @overload
    def __getitem__(self, index: slice) -> list[tifffile.TiffPage]: ...
    def __getitem__(self, index: int | slice) -> tifffile.TiffPage | list[tifffile.TiffPage]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return self._parse(index) if index else self._first

    def _parse(self, index: int) -> tifffile.TiffPage:
        self._tiff.filehandle.seek(self._offsets[index])
        page = tifffile.TiffPage(self._tiff, index)
        if min(page.imagewidth, page.imagelength, page.imagedepth, page.samplesperpixel) < 1:
            raise ValueError("a page has no size")
        return page

    @property
    def is_imagej(self) -> bool:
        """Whether ImageJ wrote the file."""
        return bool(self._first.is_imagej)

    @property
    def imagej(self) -> dict[str, object]:
        """What ImageJ wrote about its hyperstack; empty for files of others."""
        return (self._tiff.imagej_metadata or {}) if self.is_imagej else {}


@contextmanager
def open_pages(path: Path) -> Iterator[Pages]:
    """Open a TIFF; raises Exception of many kinds where it is damaged."""
    offsets = read_chain(path)
    with tifffile.TiffFile(path, is_lsm=False, is_ndpi=False, is_scanimage=False) as tiff:
        yield Pages(tiff, offsets)
