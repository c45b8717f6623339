"""Masks of files as Labels layers, one a class: axon blue, myelin red."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import BoolArray
from labelbridge.io import MaskFiles, count_planes, find_pixel_size, read_label_map
from labelbridge.io.masks import count_mask_planes, find_mask_pixel_size
from labelbridge.io.maskvalues import read_class_mask
from labelbridge.plugin.classcolours import class_colormap
from labelbridge.plugin.layerdata import LayerData, place_of_pixels
from labelbridge.plugin.viewer import METADATA_KEY

__all__ = ["mask_layers"]

_OPACITY = 0.5


def mask_layers(files: MaskFiles, image: Path | None, shape: tuple[int, int] | None = None) -> list[LayerData]:
    """Read the masks of an image as one Labels layer a class.

    Parameters
    ----------
    files
        The masks: of one class, or of axon and myelin and others.
    image
        The image, None where it is not known; its pixel size is theirs.
    shape
        Height and width of the image in px, for polygons that come without.

    Raises
    ------
    InputError
        Where a mask cannot be read as one.
    """
    masks = _masks(files, shape)
    ndim = next(iter(masks.values())).ndim
    pixel_size_um = _pixel_size(files, image)
    return _class_layers(masks, files.stem, place_of_pixels(pixel_size_um, ndim))


def _masks(files: MaskFiles, shape: tuple[int, int] | None) -> dict[str, BoolArray]:
    """Read every class that the files hold: (Y, X), or (Z, Y, X) where they are stacks."""
    planes = count_mask_planes(files) if files.is_complete else _several(count_planes(files.files[0]))
    if planes is None:
        return _plane(files, None, shape)
    read = [_plane(files, index, shape) for index in range(planes)]
    return {name: np.stack([masks[name] for masks in read]) for name in read[0]}


def _several(planes: int) -> int | None:
    return planes if planes > 1 else None


def _plane(files: MaskFiles, index: int | None, shape: tuple[int, int] | None) -> dict[str, BoolArray]:
    if not files.is_complete:
        return {name: read_class_mask(file, index=index) for name, file in files.classes.items()}
    labels = read_label_map(files, None, index=index, shape=shape)
    return {name: labels.mask(name) for name in labels.classes.foreground}


def _pixel_size(files: MaskFiles, image: Path | None) -> float | None:
    """Return the side of a pixel in um as the image states it, or else the masks."""
    stated = None if image is None else find_pixel_size(image)
    return find_mask_pixel_size(files) if stated is None else stated


def _class_layers(masks: Mapping[str, BoolArray], stem: str, look: Mapping[str, Any]) -> list[LayerData]:
    """Make a Labels layer of each mask, (Y, X) or (Z, Y, X), named ``<stem> <class>``."""
    return [
        (
            mask.view(np.uint8),
            {
                "name": f"{stem} {name}",
                "metadata": {METADATA_KEY: {"class": name}},
                "colormap": class_colormap(name, tuple(masks)),
                "opacity": _OPACITY,
                **look,
            },
            "labels",
        )
        for name, mask in masks.items()
    ]
