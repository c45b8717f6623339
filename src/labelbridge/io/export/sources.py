"""What is exported: the masks of each image, its pixel size and, where it is known, the image itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from labelbridge.core import AnyArray, ClassMap, Image, InputError, LabelMap, scratch_array
from labelbridge.io.decode import open_raster
from labelbridge.io.images import find_images, read_image
from labelbridge.io.labelfiles.nnunet import case_of
from labelbridge.io.maskfiles import MaskFiles, find_masks
from labelbridge.io.masks import count_mask_planes, find_mask_pixel_size, read_label_map
from labelbridge.io.names import GEOJSON_ENDING, ZARR_ENDING
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["Exportable", "MaskSource", "find_sources", "stack_labels"]


class Exportable(Protocol):
    """The masks of one image, as formats write them."""

    @property
    def stem(self) -> str:
        """Stem of the image."""
        ...

    @property
    def origins(self) -> tuple[str, ...]:
        """Names of what the masks come from."""
        ...

    @property
    def pixel_size_um(self) -> float | None:
        """Side of a pixel in um, or None where unknown."""
        ...

    @property
    def planes(self) -> int | None:
        """Number of planes of a stack, or None for single planes."""
        ...

    @property
    def has_image(self) -> bool:
        """Whether the image can be read."""
        ...

    def labels(self) -> LabelMap:
        """Return the labels of a plane."""
        ...

    def volume(self) -> tuple[AnyArray, ClassMap]:
        """Return the labels of a stack: (Z, Y, X), uint8, on disk where they are large."""
        ...

    def image(self, channel: str | int | None) -> Image | None:
        """Return the image with this stem and pixel size, or None where it is unknown."""
        ...

    def each_plane(self) -> "Iterator[Exportable]":
        """Give the planes of a stack one by one, ``<stem>_z0000`` and so on; else this."""
        ...


@dataclass(frozen=True)
class MaskSource:
    """The masks of one image, read when they are asked for.

    Attributes
    ----------
    stem
        Stem of the image.
    files
        The masks.
    classes
        Classes to keep, or None for all.
    pixel_size_um
        Side of a pixel, or None where unknown.
    image_file
        The image, or None where unknown.
    planes
        Number of planes of a stack, or None for single planes.
    index
        Plane of the stack that this source is, or None.
    """

    stem: str
    files: MaskFiles
    classes: tuple[str, ...] | None = None
    pixel_size_um: float | None = None
    image_file: Path | None = None
    planes: int | None = None
    index: int | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """Names of the files."""
        return tuple(file.name for file in self.files.files)

    @property
    def has_image(self) -> bool:
        """Whether the image is known."""
        return self.image_file is not None

    def labels(self) -> LabelMap:
        """Read the labels of a plane."""
        return self._labels(self.index)

    def volume(self) -> tuple[AnyArray, ClassMap]:
        """Read the labels of a stack: (Z, Y, X), uint8, on disk where they are large."""
        assert self.planes is not None, "a stack is asked for its volume"
        return stack_labels(self.planes, self._labels)

    def image(self, channel: str | int | None) -> Image | None:
        """Read the image, with this source's stem and pixel size, or None where it is unknown."""
        if self.image_file is None:
            return None
        image = read_image(self.image_file, channel=channel, index=self.index, pixel_size_um=self.pixel_size_um)
        return replace(image, name=self.stem)

    def each_plane(self) -> "Iterator[MaskSource]":
        """Give the planes of a stack as sources of their own, ``<stem>_z0000`` and so on; else this source."""
        if self.planes is None:
            yield self
        for index in range(self.planes or 0):
            yield replace(self, stem=f"{self.stem}_z{index:04d}", planes=None, index=index)

    def _labels(self, index: int | None) -> LabelMap:
        return read_label_map(self.files, self.classes, index=index, shape=self._image_shape())

    def _image_shape(self) -> tuple[int, int] | None:
        """Return the image's height and width where the masks need them: polygons may come without."""
        needs = self.files.whole is not None and self.files.whole.suffix.lower() == GEOJSON_ENDING
        if not needs or self.image_file is None:
            return None
        with open_raster(self.image_file, index=self.index) as raster:
            return raster.shape


def stack_labels(planes: int, labels_of: Callable[[int], LabelMap]) -> tuple[AnyArray, ClassMap]:
    """Put the labels of a stack's planes together: (Z, Y, X), uint8, on disk where they are large."""
    first = labels_of(0)
    data = scratch_array((planes, *first.shape), np.uint8)
    for index in range(planes):
        data[index] = first.data if index == 0 else labels_of(index).data
    return data, first.classes


def find_sources(
    masks: Path, *, images: Path | None, classes: Sequence[str] | None, pixel_size_um: float | None
) -> list[MaskSource]:
    """Find the masks of a folder or file, with the images and pixel sizes that belong to them.

    Parameters
    ----------
    masks
        As `find_masks` takes it.
    images
        Folder of the images; None looks where the masks are.
    classes
        Classes to keep, or None for all.
    pixel_size_um
        Side of a pixel; None takes what the masks, the record of a bootstrap beside them, or the image say.

    Raises
    ------
    InputError
        Where there are no masks, `images` holds none of their images or several for one, or a pixel size is nonsense.
    """
    found = find_masks(masks, classes=classes or ())
    files = _images(masks, images, found)
    return [
        MaskSource(
            stem,
            those,
            tuple(classes) if classes is not None else None,
            pixel_size_um if pixel_size_um is not None else _pixel_size(those, files.get(stem)),
            files.get(stem),
            count_mask_planes(those),
        )
        for stem, those in found.items()
    ]


def _images(masks: Path, images: Path | None, found: Mapping[str, MaskFiles]) -> dict[str, Path]:
    """Return the image of each stem that has one."""
    if images is None:
        return {stem: files[0] for stem, files in _images_beside(masks, found).items() if len(files) == 1}
    by_stem = _by_stem(find_images(images), found)
    if not by_stem:
        raise InputError(f"{images}: got no image of the masks in {masks}, expected one named '{min(found)}'.")
    for stem, files in by_stem.items():
        if len(files) > 1:
            raise InputError(f"{files[0]}: got a second image named '{stem}', {files[1]}; leave only one of the two.")
    return {stem: files[0] for stem, files in by_stem.items()}


def _images_beside(masks: Path, found: Mapping[str, MaskFiles]) -> dict[str, list[Path]]:
    """Return images in the masks' own folder that are no masks themselves."""
    folder = masks if masks.is_dir() and masks.suffix.lower() != ZARR_ENDING else masks.parent
    known = {file for files in found.values() for file in files.files}
    try:
        files = find_images(folder)
    except InputError:
        return {}
    return _by_stem((file for file in files if file not in known), found)


def _by_stem(files: Iterable[Path], wanted: Mapping[str, MaskFiles]) -> dict[str, list[Path]]:
    by_stem: dict[str, list[Path]] = {}
    for file in files:
        if case_of(file) in wanted:
            by_stem.setdefault(case_of(file), []).append(file)
    return by_stem


def _pixel_size(masks: MaskFiles, image: Path | None) -> float | None:
    size = find_mask_pixel_size(masks)
    return find_pixel_size(image) if size is None and image is not None else size
