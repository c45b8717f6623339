"""Which reader is for which file."""

from pathlib import Path
from typing import Protocol

import labelbridge.io.labelfiles.geojson as geojson
import labelbridge.io.labelfiles.nnunet as nnunet
import labelbridge.io.labelfiles.ometiff as ometiff
import labelbridge.io.labelfiles.omezarr as omezarr
from labelbridge.core import LabelMap
from labelbridge.io.names import GEOJSON_ENDING, ZARR_ENDING

__all__ = ["count_label_planes", "find_label_pixel_size", "read_label_file"]


class _Format(Protocol):
    """What the module of a format offers."""

    def read_labels(self, path: Path, index: int | None, shape: tuple[int, int] | None) -> LabelMap: ...

    def read_pixel_size(self, path: Path) -> float | None: ...

    def count_planes(self, path: Path) -> int: ...


def read_label_file(path: Path, *, index: int | None = None, shape: tuple[int, int] | None = None) -> LabelMap:
    """Read labels and class names.

    Parameters
    ----------
    path
        ``.ome.tif``, ``.ome.zarr`` with labels, ``.geojson``, or a file in ``labelsTr/`` of an nnU-Net data set.
    index
        Plane of a stack, from 0; None where there is but one.
    shape
        Height and width of the image in px, for GeoJSON that does not say them.

    Returns
    -------
    LabelMap
        Classes ``background``, ``axon``, ``myelin``, then others as the file orders them.

    Raises
    ------
    InputError
        Where the file cannot be read as labels of axon and myelin.
    """
    return _format(path).read_labels(path, index, shape)


def find_label_pixel_size(path: Path) -> float | None:
    """Return the side of a pixel in um that the file states, or None; raises InputError where it is nonsense."""
    return _format(path).read_pixel_size(path)


def count_label_planes(path: Path) -> int:
    """Return how many planes a file of labels holds: 1 where it is no stack."""
    return _format(path).count_planes(path)


def _format(path: Path) -> _Format:
    if path.suffix.lower() == GEOJSON_ENDING:
        return geojson
    if path.suffix.lower() == ZARR_ENDING:
        return omezarr
    return nnunet if nnunet.is_label_file(path) else ometiff
