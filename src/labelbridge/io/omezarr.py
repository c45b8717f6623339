"""Images in OME-Zarr 0.4 and 0.5: folders of chunks, with their description as JSON."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from labelbridge.core import InputError
from labelbridge.io.names import ZARR_ENDING
from labelbridge.io.pixels import Raster, check_index, check_planes, check_size
from labelbridge.io.zarrarray import open_array, read_json
from labelbridge.io.zarrplane import ZarrPlane

__all__ = ["Multiscale", "count_zarr_planes", "holds_only_labels", "open_zarr", "read_multiscale"]

_AXES = "tczyx"
_BIOFORMATS = "bioformats2raw.layout"


@dataclass(frozen=True)
class Multiscale:
    """What an OME-Zarr says about its image.

    Attributes
    ----------
    folder
        The array of the full resolution.
    axes
        Their names, such as ``tczyx``, in the array's order.
    scales
        Numbers of which the product is the size of a pixel, for each axis; none where it is not stated.
    units
        Units of the sizes, empty where one is not stated.
    channels
        Names of the channels, empty where there are none.
    """

    folder: Path
    axes: str
    scales: tuple[tuple[object, ...], ...]
    units: tuple[str, ...]
    channels: tuple[str, ...]


def holds_only_labels(path: Path) -> bool:
    """Return True for a Zarr folder with labels and no image; what is damaged counts as an image."""
    if not path.name.lower().endswith(ZARR_ENDING) or not path.is_dir():
        return False
    try:
        described = _described(path)
    except (OSError, ValueError, RecursionError):
        return False
    return "multiscales" not in described and "labels" not in described and (path / "labels").is_dir()


def read_multiscale(path: Path) -> Multiscale:
    """Read the description of an OME-Zarr image; nothing is decoded.

    Raises
    ------
    InputError
        Where the folder holds several images, or none.
    ValueError, KeyError, TypeError, ...
        Where its description is damaged.
    """
    image = _image_folder(path)
    described = _described(image)
    if not described.get("multiscales"):
        raise InputError(f"{path}: got a Zarr folder without an image, expected OME-Zarr 0.4 or 0.5; export it as one.")
    multiscale = described["multiscales"][0]
    axes = [str(axis["name"]).lower() for axis in multiscale["axes"]]
    if any(axis not in _AXES for axis in axes) or len(set(axes)) != len(axes) or not {"y", "x"} <= set(axes):
        raise ValueError(f"its axes are {', '.join(axes)[:100]}")
    dataset = multiscale["datasets"][0]
    folder = image / _inside(str(dataset["path"]))
    scales = _scales(len(axes), dataset.get("coordinateTransformations"), multiscale.get("coordinateTransformations"))
    units = tuple(str(axis.get("unit") or "") for axis in multiscale["axes"])
    return Multiscale(folder, "".join(axes), scales, units, _channel_names(described))


@contextmanager
def open_zarr(path: Path, index: int | None) -> Iterator[Raster]:
    """Open a plane of an OME-Zarr image as `labelbridge.io.decode.open_raster` does.

    Raises
    ------
    InputError
        Where the folder holds a stack and no plane of it is chosen, no image, or one that claims to be too large.
    Exception
        Where it is damaged.
    """
    described = read_multiscale(path)
    array = open_array(described.folder)
    sizes = _sizes(described, array.shape)
    check_size(path, sizes["x"], sizes["y"])
    planes = _count(path, sizes)
    if index is None and planes > 1:
        got = " x ".join(str(size) for size in array.shape)
        raise InputError(
            f"{path}: got a stack of {got} (axes {described.axes.upper()}), expected one plane; choose it with "
            f"--slices 0 to {planes - 1}, or take every plane with --slices all."
        )
    check_index(path, planes, index)
    yield ZarrPlane(array, described.axes, index or 0).raster(described.channels)


def count_zarr_planes(path: Path) -> int:
    """Return the number of planes of an OME-Zarr image; raises what `open_zarr` does."""
    described = read_multiscale(path)
    return _count(path, _sizes(described, open_array(described.folder).shape))


def _sizes(described: Multiscale, shape: tuple[int, ...]) -> dict[str, int]:
    if len(shape) != len(described.axes):
        raise ValueError(f"it has {len(described.axes)} axes, its array has {len(shape)}")
    return dict(zip(described.axes, shape, strict=True))


def _count(path: Path, sizes: Mapping[str, int]) -> int:
    planes = math.prod(size for axis, size in sizes.items() if axis not in "yxc")
    check_planes(path, planes)
    return planes


def _image_folder(path: Path) -> Path:
    """Return the group of the image: the folder itself, or the only series that Bio-Formats wrote into it."""
    described = _described(path)
    if "multiscales" in described or _BIOFORMATS not in described:
        return path
    series = [folder for folder in path.iterdir() if folder.name.isdecimal() and folder.is_dir()]
    if len(series) != 1:
        raise InputError(
            f"{path}: got {len(series)} images in one folder, expected one; save the one you want as its own OME-Zarr."
        )
    return series[0]


def _described(folder: Path) -> dict[str, Any]:
    """Return the attributes of a group: 0.5 keeps them in ``zarr.json`` under ``ome``, 0.4 in ``.zattrs``."""
    group = read_json(folder / "zarr.json")
    attributes: object = (read_json(folder / ".zattrs") if group is None else group.get("attributes")) or {}
    if not isinstance(attributes, dict):
        raise ValueError("its attributes are no JSON object")
    ome = attributes.get("ome")
    return {**attributes, **ome} if isinstance(ome, dict) else attributes


def _inside(path: str) -> PurePosixPath:
    """Check that the path of a dataset stays in its folder."""
    if "\\" in path or ":" in path or path.startswith("/") or ".." in path.split("/"):
        raise ValueError(f"the dataset {path[:100]} is outside of its folder")
    return PurePosixPath(path)


def _scales(axes: int, *transforms: object) -> tuple[tuple[object, ...], ...]:
    """Return the factors of each axis in the scales of a dataset and of all datasets."""
    scales = [
        one["scale"]
        for group in transforms
        if isinstance(group, list)
        for one in group
        if isinstance(one, dict) and one.get("type") == "scale"
    ]
    if any(len(scale) != axes for scale in scales):
        raise ValueError(f"it has {axes} axes and a scale of another length")
    return tuple(zip(*scales, strict=True)) if scales else ((),) * axes


def _channel_names(described: Mapping[str, Any]) -> tuple[str, ...]:
    omero = described.get("omero")
    channels = omero.get("channels") if isinstance(omero, dict) else None
    named = channels if isinstance(channels, list) else []
    return tuple(str(one.get("label") or "") if isinstance(one, dict) else "" for one in named)
