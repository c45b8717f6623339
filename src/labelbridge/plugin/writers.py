"""Class layers saved from napari's own dialog, in the formats that LabelBridge reads back."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, ClassMap, InputError, LabelMap
from labelbridge.io import image_stem, write_axondeepseg
from labelbridge.io.export import join_masks
from labelbridge.io.export.axondeepseg import axondeepseg_files
from labelbridge.io.export.geojson import geojson_file, write_geojson
from labelbridge.io.export.ometiff import ome_tiff_file, write_ome_tiff
from labelbridge.io.export.omezarr import ome_zarr_folder, write_ome_zarr
from labelbridge.io.names import AXONMYELIN, GEOJSON_ENDING, IMAGE_ENDINGS, ZARR_ENDING, parse_mask_name
from labelbridge.plugin.layerdata import LayerData
from labelbridge.plugin.viewer import METADATA_KEY

__all__ = ["save_axondeepseg", "save_geojson", "save_ome_tiff", "save_ome_zarr"]

_ENDINGS = (*IMAGE_ENDINGS, GEOJSON_ENDING, ZARR_ENDING)

_CLASS_NAME = re.compile(r"(?P<image>.+?) (?P<what>[^ ]+?)(?: \d+)?(?: \[\d+\])?")
"""A layer's name: that of the image, the class, the number of the set and the one that napari adds."""

_MICROMETRE = "micrometer"

_Files = Callable[[str, Path, ClassMap], list[Path]]
"""Returns what will be written, by the stem of the image, the folder and the classes."""

_Write = Callable[..., Path | list[Path]]
"""Takes labels, stem, folder, ``overwrite`` and ``pixel_size_um``, and returns what was written."""


def save_axondeepseg(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write ``<name>_seg-axon.png``, ``_seg-myelin.png`` and so on, and ``<name>_seg-axonmyelin.png``.

    Parameters
    ----------
    path
        As the user chose it: its name, without ending and without what masks have behind it, begins those of the files.
    layers
        Class layers (Y, X) of one image, axon and myelin among them.

    Returns
    -------
    list
        The files written.

    Raises
    ------
    InputError
        Where the layers are no class layers of one image, or a file exists that the user has not chosen to replace.
    """
    return _save(path, layers, _axondeepseg_files, _write_axondeepseg)


def save_ome_tiff(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write one label image, ``<name>_seg.ome.tif``; takes, returns and raises what `save_axondeepseg` does."""
    return _save(path, layers, lambda stem, folder, _: [ome_tiff_file(stem, folder)], write_ome_tiff)


def save_ome_zarr(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write the folder ``<name>_seg.ome.zarr``; takes, returns and raises what `save_axondeepseg` does."""
    return _save(path, layers, lambda stem, folder, _: [ome_zarr_folder(stem, folder)], write_ome_zarr)


def save_geojson(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write outlines for QuPath, ``<name>.geojson``; takes, returns and raises what `save_axondeepseg` does."""
    return _save(path, layers, lambda stem, folder, _: [geojson_file(stem, folder)], write_geojson)


def _axondeepseg_files(stem: str, folder: Path, classes: ClassMap) -> list[Path]:
    return axondeepseg_files(stem, folder, (*classes.foreground, AXONMYELIN))


def _write_axondeepseg(
    labels: LabelMap, stem: str, folder: Path, *, overwrite: bool, pixel_size_um: float | None
) -> list[Path]:
    """Write the masks alone: a file of the pixel size would hold for all images of the user's folder."""
    return write_axondeepseg(labels, stem, folder, overwrite=overwrite)


def _save(path: str, layers: Sequence[LayerData], files: _Files, write: _Write) -> list[str]:
    chosen, labels = Path(path), _labels(layers)
    stem, folder = _stem(chosen), chosen.parent
    overwrite = _may_replace(chosen, files(stem, folder, labels.classes))
    written = write(labels, stem, folder, overwrite=overwrite, pixel_size_um=_pixel_size_um(layers[0]))
    return [str(file) for file in (written if isinstance(written, list) else [written])]


def _stem(chosen: Path) -> str:
    """Return what begins the names of the files; a dot in a name is no ending yet."""
    name = parse_mask_name(chosen)
    if name is not None:
        return name.stem
    return image_stem(chosen) if chosen.name.lower().endswith(_ENDINGS) else chosen.name


def _may_replace(chosen: Path, targets: Sequence[Path]) -> bool:
    """Return True where the one file that exists is the one for which the dialog has asked; raise for any other."""
    there = [file for file in targets if os.path.lexists(file)]
    other = next((file for file in there if file != chosen), None)
    if other is not None:
        raise InputError(f"{other}: this file exists already; choose another name or another folder.")
    return bool(there)


def _labels(layers: Sequence[LayerData]) -> LabelMap:
    """Join class layers; where they overlap the axon wins over the myelin, and both over further classes."""
    masks = {_class_of(meta): data for data, meta, _ in layers}
    _check(masks, layers)
    return join_masks(masks)


def _class_of(meta: dict[str, Any]) -> str:
    noted = meta.get("metadata", {}).get(METADATA_KEY, {}).get("class")
    match = _CLASS_NAME.fullmatch(meta["name"])
    return str(noted or (match["what"] if match else meta["name"]))


def _images_of(layers: Sequence[LayerData]) -> set[str]:
    """Return the images that the layers' names tell; a layer that was renamed tells none."""
    matches = ((_CLASS_NAME.fullmatch(meta["name"]), _class_of(meta)) for _, meta, _ in layers)
    return {match["image"] for match, name in matches if match and match["what"] == name}


def _check(masks: dict[str, AnyArray], layers: Sequence[LayerData]) -> None:
    names = ", ".join(f"'{meta['name']}'" for _, meta, _ in layers)
    if not {AXON, MYELIN} <= masks.keys() or len(masks) < len(layers) or len(_images_of(layers)) > 1:
        raise InputError(
            f"got the layers {names}, expected one each of axon and myelin of one image, named '<image> axon' and "
            "'<image> myelin'; select these, and save the selected layers."
        )
    shapes = {np.shape(data) for data in masks.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        raise InputError(
            f"got the layers {names} of shapes {', '.join(str(shape) for shape in sorted(shapes))}, expected one plane "
            "(height, width) of one shape for all; save the planes of a stack one by one."
        )


def _pixel_size_um(layer: LayerData) -> float | None:
    """Return the side of a pixel in um, None where the layer's units are no lengths."""
    scale, units = layer[1].get("scale"), layer[1].get("units")
    if scale is None or units is None or not units[-1].is_compatible_with(_MICROMETRE):
        return None
    return float(scale[-1] * (1 * units[-1]).to(_MICROMETRE).magnitude)
