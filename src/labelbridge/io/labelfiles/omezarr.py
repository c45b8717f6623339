"""Labels in OME-Zarr 0.4 and 0.5: the group ``labels`` of an image, or on its own."""

from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import InputError, LabelMap
from labelbridge.io.decode import reading
from labelbridge.io.labelfiles.naming import name_values
from labelbridge.io.omezarr import count_zarr_planes, open_zarr
from labelbridge.io.pixels import decode_all
from labelbridge.io.pixelsize import stated_pixel_size
from labelbridge.io.zarrarray import read_json

__all__ = ["CLASS_PROPERTY", "LABEL_NAME", "count_planes", "read_labels", "read_pixel_size"]

LABEL_NAME = "axon_myelin"
"""Name of our labels in the group ``labels``."""

CLASS_PROPERTY = "class"
"""Property of a label value that holds the name of its class."""

_TOP = np.iinfo(np.uint16).max


def read_labels(path: Path, index: int | None, shape: tuple[int, int] | None) -> LabelMap:
    """Read the labels at full size; ``image-label`` properties name the values."""
    with reading(path):
        folder = _label_folder(path)
        names = {
            int(entry["label-value"]): str(entry[CLASS_PROPERTY])
            for entry in _described(folder).get("image-label", {}).get("properties", ())
            if CLASS_PROPERTY in entry
        }
        with open_zarr(folder, index) as raster:
            values = decode_all(raster).data[..., 0]
        if values.dtype.kind not in "bui" or values.min() < 0 or values.max() > _TOP:
            raise ValueError(f"the pixels are {values.dtype}, not class values")
    kind = np.uint8 if values.max() <= np.iinfo(np.uint8).max else np.uint16
    return name_values(path, values.astype(kind, copy=False), names)


def read_pixel_size(path: Path) -> float | None:
    """Return the side of a pixel in um, or None where the axes have no unit."""
    with reading(path):
        return stated_pixel_size(_label_folder(path))


def count_planes(path: Path) -> int:
    """Return the number of planes of the labels."""
    with reading(path):
        return count_zarr_planes(_label_folder(path))


def _label_folder(path: Path) -> Path:
    """Return the folder of the labels: ours, or the only ones there are."""
    parent = path / "labels"
    names = _described(parent).get("labels") or sorted(one.name for one in parent.iterdir() if one.is_dir())
    if LABEL_NAME not in names and len(names) != 1:
        got = ", ".join(map(str, names)) or "none"
        raise InputError(f"{path}: got the labels {got}, expected one, or one named '{LABEL_NAME}'; remove the others.")
    folder = parent / (LABEL_NAME if LABEL_NAME in names else str(names[0]))
    if not folder.resolve().is_relative_to(parent.resolve()):
        raise ValueError("its labels are outside of it")
    return folder


def _described(group: Path) -> dict[str, Any]:
    """Return the metadata of a group, which 0.5 keeps under ``ome`` in zarr.json and 0.4 in .zattrs."""
    content = read_json(group / "zarr.json")
    attributes = content.get("attributes", {}) if content is not None else read_json(group / ".zattrs")
    described: dict[str, Any] = dict((attributes or {}).get("ome", attributes or {}))
    return described
