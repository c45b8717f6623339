"""Labels, and the image they belong to, as OME-Zarr."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from labelbridge import __version__
from labelbridge.core import AnyArray, ClassMap, Image, InputError, LabelMap, bands, resample, scratch_array
from labelbridge.io.atomicfolder import atomic_folder
from labelbridge.io.colours import class_colours
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.pyramid import TILE_PX, label_pyramid
from labelbridge.io.export.wholenumbers import as_whole_numbers, unit_as_16_bit
from labelbridge.io.labelfiles.omezarr import CLASS_PROPERTY, LABEL_NAME

if TYPE_CHECKING:
    import zarr

__all__ = ["ZarrVersion", "ome_zarr_folder", "write_ome_zarr", "write_ome_zarr_image", "write_ome_zarr_volume"]

ZarrVersion = Literal["0.4", "0.5"]
"""Version of OME-Zarr: 0.4 is stored as Zarr 2, 0.5 as Zarr 3."""

_Scale = tuple[float, ...]
_OPAQUE = 255


def ome_zarr_folder(stem: str, out: Path) -> Path:
    """Return where `write_ome_zarr` puts the labels of an image; raises InputError for a stem that no file can have."""
    check_stem(stem)
    return out / f"{stem}_seg.ome.zarr"


def write_ome_zarr(
    labels: LabelMap,
    stem: str,
    out: Path,
    *,
    overwrite: bool,
    pixel_size_um: float | None = None,
    image: Image | None = None,
    version: ZarrVersion = "0.5",
) -> Path:
    """Write all classes as one label image, in the folder ``<stem>_seg.ome.zarr``.

    The labels and smaller copies of them are the group ``labels/axon_myelin``; its metadata hold a name and a colour
    for each value.

    Parameters
    ----------
    labels
        Their values are the file's.
    stem
        Stem of the image.
    out
        Folder; made where it is missing.
    overwrite
        Replace a folder of this name.
    pixel_size_um
        Side of a pixel in um, written where it is known.
    image
        Written beside the labels, with 8 or 16 bits where its intensities are such whole numbers; None writes the
        labels alone.
    version
        Version of OME-Zarr.

    Returns
    -------
    Path
        The folder written; it has this name only once it is whole.

    Raises
    ------
    InputError
        Where the folder exists, the stem cannot be part of a file's name, the image has another shape than the labels,
        or the disk does not take it.
    """
    if image is not None and image.shape != labels.shape:
        raise InputError(f"{stem}: got labels of {labels.shape} for an image of {image.shape}, expected one shape.")
    target = ome_zarr_folder(stem, out)
    with atomic_folder(target, overwrite=overwrite) as folder:
        writer = _Writer(folder, version, pixel_size_um)
        if image is not None:
            writer.write_image(image)
        writer.write_labels(labels.data, labels.classes, has_image=image is not None)
    return target


def write_ome_zarr_volume(
    volume: AnyArray,
    classes: ClassMap,
    stem: str,
    out: Path,
    *,
    overwrite: bool,
    pixel_size_um: float | None = None,
    version: ZarrVersion = "0.5",
) -> Path:
    """Write the labels of a stack, axes (Z, Y, X), uint8, as `write_ome_zarr` does those of an image."""
    target = ome_zarr_folder(stem, out)
    with atomic_folder(target, overwrite=overwrite) as folder:
        _Writer(folder, version, pixel_size_um).write_labels(volume, classes, has_image=False)
    return target


def write_ome_zarr_image(image: Image, target: Path, *, overwrite: bool, version: ZarrVersion = "0.5") -> Path:
    """Write an image with intensities in [0, 1] with 16 bits and smaller copies, whatever its size in little memory.

    Parameters
    ----------
    image
        With its pixel size, where it is known.
    target
        Folder to write; it has this name only once it is whole.
    overwrite
        Replace a folder of this name.
    version
        Version of OME-Zarr.

    Raises
    ------
    InputError
        Where the folder exists and may not be replaced, or the disk does not take it.
    """
    with atomic_folder(target, overwrite=overwrite) as folder:
        levels = [unit_as_16_bit(image.data)]
        while max(levels[-1].shape) > TILE_PX:
            levels.append(_halved(levels[-1]))
        steps = [(2.0**level, 2.0**level) for level in range(len(levels))]
        _Writer(folder, version, image.pixel_size_um).write_levels(image.name, levels, steps)
    return target


def _halved(data: AnyArray) -> AnyArray:
    """Return means of 2 x 2 px (Y, X); where a side is odd, the last ones are of those that there are."""
    height, width = ((side + 1) // 2 for side in data.shape)
    out = scratch_array((height, width), data.dtype)
    for band in bands((height, width)):
        part = data[2 * band.start : 2 * band.stop].astype(np.float32)
        odd = [(0, length % 2) for length in part.shape]
        part = np.pad(part, odd, mode="edge") if any(after for _, after in odd) else part
        out[band] = np.round(part.reshape(len(part) // 2, 2, width, 2).mean((1, 3)))
    return out


class _Writer:
    """Writes into one OME-Zarr folder."""

    def __init__(self, folder: Path, version: ZarrVersion, pixel_size_um: float | None) -> None:
        import zarr

        self._version = version
        self._pixel_size_um = pixel_size_um
        self._root = zarr.create_group(folder, zarr_format=2 if version == "0.4" else 3)

    def write_image(self, image: Image) -> None:
        """Write the image and smaller copies of it at the root."""
        levels = [image.data]
        while max(levels[-1].shape) > TILE_PX:
            height, width = levels[-1].shape
            levels.append(resample(levels[-1], ((height + 1) // 2, (width + 1) // 2)))
        whole = as_whole_numbers(image.data)
        steps = [tuple(full / size for full, size in zip(image.shape, level.shape, strict=True)) for level in levels]
        if whole is not None:
            levels = [whole, *(np.round(level).astype(whole.dtype) for level in levels[1:])]
        self.write_levels(image.name, levels, steps)

    def write_levels(self, name: str, levels: Sequence[AnyArray], steps: Sequence[_Scale]) -> None:
        """Write an image and its copies at the root; a pixel of a copy is the mean of `steps` px of the image."""
        multiscale = self._multiscale(self._root, name, levels, steps, is_averaged=True)
        self._describe(self._root, {"multiscales": [multiscale]})

    def write_labels(self, data: AnyArray, classes: ClassMap, *, has_image: bool) -> None:
        """Write the labels in the group ``labels``."""
        parent = self._root.create_group("labels")
        self._describe(parent, {"labels": [LABEL_NAME]})
        group = parent.create_group(LABEL_NAME)
        levels = label_pyramid(data)
        steps = [(*(1.0,) * (data.ndim - 2), *(2.0**level,) * 2) for level in range(len(levels))]
        multiscale = self._multiscale(group, LABEL_NAME, levels, steps, is_averaged=False)
        self._describe(group, {"multiscales": [multiscale], "image-label": self._image_label(classes, has_image)})

    def _multiscale(
        self, group: "zarr.Group", name: str, levels: Sequence[AnyArray], steps: Sequence[_Scale], *, is_averaged: bool
    ) -> dict[str, Any]:
        """Write arrays ``0``, ``1``, ... and return what describes them.

        A pixel of a level is `steps` pixels of the first: their mean where `is_averaged`, else the first of them.
        """
        axes = "zyx"[-levels[0].ndim :]
        datasets = []
        for number, (level, step) in enumerate(zip(levels, steps, strict=True)):
            self._write_array(group, str(number), level, axes)
            transforms = [{"type": "scale", "scale": self._lengths(step)}]
            if is_averaged:
                middle = tuple((count - 1) / 2 for count in step)
                transforms.append({"type": "translation", "translation": self._lengths(middle)})
            datasets.append({"path": str(number), "coordinateTransformations": transforms})
        unit = {} if self._pixel_size_um is None else {"unit": "micrometer"}
        described = [{"name": axis, "type": "space", **(unit if axis != "z" else {})} for axis in axes]
        version = {"version": self._version} if self._version == "0.4" else {}
        return {"name": name, "axes": described, "datasets": datasets, **version}

    def _write_array(self, group: "zarr.Group", name: str, data: AnyArray, axes: str) -> None:
        old = self._version == "0.4"
        array = group.create_array(
            name,
            shape=data.shape,
            dtype=data.dtype,
            chunks=(*(1,) * (data.ndim - 2), *(min(TILE_PX, side) for side in data.shape[-2:])),
            chunk_key_encoding={"name": "v2" if old else "default", "separator": "/"},
            dimension_names=None if old else list(axes),
            config={"write_empty_chunks": True},  # a plane without any chunk looks like a damaged one
        )
        array[:] = data

    def _lengths(self, pixels: _Scale) -> list[float]:
        """Return numbers of pixels along each axis as lengths; planes of a stack stay numbers."""
        side = self._pixel_size_um or 1.0
        return [*pixels[:-2], *(count * side for count in pixels[-2:])]

    def _image_label(self, classes: ClassMap, has_image: bool) -> dict[str, Any]:
        colours = class_colours(classes)
        values = [(classes.value(name), name) for name in classes.foreground]
        return {
            "version": self._version,
            "colors": [{"label-value": value, "rgba": [*colours[name], _OPAQUE]} for value, name in values],
            "properties": [{"label-value": value, CLASS_PROPERTY: name} for value, name in values],
            **({"source": {"image": "../../"}} if has_image else {}),
        }

    def _describe(self, group: "zarr.Group", content: dict[str, Any]) -> None:
        made_by = {"labelbridge": {"version": __version__}}
        old = self._version == "0.4"
        group.attrs.update((content if old else {"ome": {"version": self._version, **content}}) | made_by)
