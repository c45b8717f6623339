"""The user's images: where they are, found, named, and read when they are needed."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, overload

import numpy as np

from labelbridge.core import Image, InputError
from labelbridge.io import check_stems, count_planes, find_images, image_stem, read_image

__all__ = ["ImageFolders", "LazyImages", "Reading", "Slices", "Source", "find_sources"]

Slices = int | Literal["all"] | None
"""Plane of stacks, from 0; ``all`` takes each plane on its own; None where there are no stacks."""

_KEPT_BYTES = 2**30
_LOOKED_AT = 5


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes
    ----------
    channel
        Channel by name or number, or None for grey and luminance.
    slices
        Which planes of stacks.
    pixel_size_um
        Pixel size in um, or None for what the files say.
    """

    channel: str | int | None = None
    slices: Slices = None
    pixel_size_um: float | None = None


@dataclass(frozen=True)
class ImageFolders:
    """Where the images of both modalities are.

    Attributes
    ----------
    labeled
        Folder of L: images with labels, or images alone.
    unlabeled
        Folder of U.
    scale
        U's fibre size over L's, or None to estimate it.
    reading
        Channel and planes of U's images.
    """

    labeled: Path
    unlabeled: Path
    scale: float | None = None
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True)
class Source:
    """One file to work on.

    Attributes
    ----------
    path
        The file.
    planes
        The planes to work on, from 0; None for a file that is a single plane.
    reading
        How it is read.
    """

    path: Path
    planes: tuple[int | None, ...]
    reading: Reading

    @property
    def name(self) -> str:
        """Beginning of the results' names."""
        return image_stem(self.path)

    @property
    def is_stack(self) -> bool:
        """Whether the result is a stack."""
        return len(self.planes) > 1

    def read(self, plane: int | None) -> Image:
        """Read one of the planes."""
        reading = self.reading
        return read_image(self.path, channel=reading.channel, index=plane, pixel_size_um=reading.pixel_size_um)

    def looked_at(self) -> "Source":
        """Return the same file with at most a few of its planes, spread evenly."""
        if len(self.planes) <= _LOOKED_AT:
            return self
        chosen = np.linspace(0, len(self.planes) - 1, _LOOKED_AT).round().astype(int)
        return Source(self.path, tuple(self.planes[index] for index in chosen), self.reading)


class LazyImages(Sequence[Image]):
    """The planes of sources as a sequence that reads them when it is asked for them, and keeps what is small.

    Parameters
    ----------
    sources
        Where they come from.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._planes = [(source, plane) for source in sources for plane in source.planes]
        self._kept: dict[int, Image] = {}
        self._room = _KEPT_BYTES

    def __len__(self) -> int:
        return len(self._planes)

    def __iter__(self) -> Iterator[Image]:
        return (self[index] for index in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> list[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | list[Image]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        if index in self._kept:
            return self._kept[index]
        source, plane = self._planes[index]
        image = source.read(plane)
        if image.data.nbytes <= self._room:
            self._room -= image.data.nbytes
            self._kept[index] = image
        return image


def find_sources(paths: Sequence[Path], reading: Reading) -> list[Source]:
    """Return the files to work on, each once; nothing is decoded.

    Parameters
    ----------
    paths
        Image files and folders of them.
    reading
        How they are read.

    Raises
    ------
    InputError
        Where a path holds no image, or two files would give results of the same name.
    """
    files = {os.path.realpath(file): file for path in paths for file in find_images(path)}
    sources = [Source(file, _planes(file, reading.slices), reading) for file in files.values()]
    known: dict[str, Source] = {}
    for source in sources:
        other = known.setdefault(source.name.casefold(), source)
        if other is not source:
            raise InputError(
                f"got several images named '{source.name}' ({other.path} and {source.path}), expected different names; "
                "bootstrap them one by one."
            )
    check_stems(source.name for source in sources)
    return sources


def _planes(file: Path, slices: Slices) -> tuple[int | None, ...]:
    if slices != "all":
        return (slices,)
    count = count_planes(file)
    return tuple(range(count)) if count > 1 else (None,)
