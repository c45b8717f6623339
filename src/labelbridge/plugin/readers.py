"""Files that open in napari as LabelBridge understands them: masks as class layers, images with their pixel size."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from labelbridge.io import MaskFiles
from labelbridge.io.names import (
    ALL_CLASSES,
    AXONMYELIN,
    GEOJSON_ENDING,
    IMAGE_ENDINGS,
    ZARR_ENDING,
    MaskName,
    image_stem,
    parse_mask_name,
)
from labelbridge.io.omezarr import holds_only_labels
from labelbridge.plugin.layerdata import LayerData, image_layer_data
from labelbridge.plugin.masklayers import mask_layers
from labelbridge.plugin.viewer import image_layers, image_shape, look_of

__all__ = ["Reader", "get_reader"]

Reader = Callable[[str], list[LayerData]]
"""Reads a path and returns its layers."""

_OUR_IMAGES = (".ome.tif", ".ome.tiff", ".ome.btf", ".ome.tf2", ".ome.tf8", ".btf", ".tf2", ".tf8")
"""Endings of images of which napari's own reader drops the pixel size, or which it does not know."""

_ZARR_MARKS = (".zattrs", ".zgroup", "zarr.json")


def get_reader(path: str | list[str]) -> Reader | None:
    """Return the function that reads a path, None for what is not ours; only its name is looked at.

    Parameters
    ----------
    path
        As napari gives it; a list is a stack of files, which masks are not.
    """
    if not isinstance(path, str):
        return None
    file = Path(path)
    name = _mask_name(file)
    if name is not None:
        return partial(_read_masks, name)
    if file.name.lower().endswith(_OUR_IMAGES) or _is_zarr(file):
        return _read_image
    return None


def _mask_name(file: Path) -> MaskName | None:
    """Read the name of a mask; None where it is no mask or its ending is none of ours."""
    if not file.name.lower().endswith((*IMAGE_ENDINGS, GEOJSON_ENDING)) and not _is_zarr(file):
        return None
    return parse_mask_name(file)


def _is_zarr(file: Path) -> bool:
    return file.name.lower().endswith(ZARR_ENDING) and any((file / mark).is_file() for mark in _ZARR_MARKS)


def _read_image(path: str) -> list[LayerData]:
    return image_layer_data(Path(path))


def _read_masks(name: MaskName, path: str) -> list[LayerData]:
    """Read the classes of one file, and the image beside it unless it is open already."""
    file = Path(path)
    files, shown = _files(name, file), _open_image(name.stem)
    if shown is not None:
        layers = mask_layers(replace(files, stem=shown.name), None, image_shape(shown))
        return [(data, meta | _look_of(shown, data.ndim), kind) for data, meta, kind in layers]
    image = _image_beside(name.stem, file)
    if image is None:
        return mask_layers(files, None)
    images = [_renamed(one, image_stem(image), name.stem) for one in image_layer_data(image)]
    return images + mask_layers(files, image, _plane_shape(images[0]))


def _look_of(shown: Any, ndim: int) -> dict[str, Any]:
    return look_of(shown, ndim) if ndim <= shown.ndim else {}


def _renamed(layer: LayerData, before: str, after: str) -> LayerData:
    data, meta, kind = layer
    return data, meta | {"name": after + meta["name"].removeprefix(before)}, kind


def _plane_shape(layer: LayerData) -> tuple[int, int]:
    data, meta, _ = layer
    height, width = data.shape[-3:-1] if meta.get("rgb") else data.shape[-2:]
    return height, width


def _files(name: MaskName, file: Path) -> MaskFiles:
    if name.what == ALL_CLASSES:
        return MaskFiles(name.stem, whole=file)
    if name.what == AXONMYELIN:
        return MaskFiles(name.stem, combined=file)
    return MaskFiles(name.stem, {name.what: file})


def _open_image(stem: str) -> Any:
    """Return the layer of the image of this name in napari's window, None where there is none."""
    import napari

    viewer = napari.current_viewer()
    shown = [] if viewer is None else image_layers(viewer)
    return next((layer for layer in reversed(shown) if layer.name in (stem, f"{stem}.ome")), None)


def _image_beside(stem: str, mask: Path) -> Path | None:
    """Return the image that a mask belongs to: beside it, or in the same OME-Zarr."""
    beside = (mask.with_name(stem + ending) for ending in (*IMAGE_ENDINGS, *_OUR_IMAGES, ".ome.zarr", ZARR_ENDING))
    found = next((file for file in beside if file.exists() and file != mask), None)
    return mask if found is None and _is_zarr(mask) and not holds_only_labels(mask) else found
