"""One plane out of a TIFF; imports tifffile, so import it where it is needed."""

from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

from labelbridge.core import AnyArray, InputError
from labelbridge.io.pixels import PixelKind, Pixels, check_index, check_size

__all__ = ["TiffScale", "read_scale", "read_tiff"]

_ALPHA = (1, 2)
_RESOLUTION_UNITS = {2: "inch", 3: "cm"}
_ONE_PLANE = "expected one plane; save the plane you want as its own TIFF"


def read_tiff(path: Path, content: bytes, index: int | None = None) -> Pixels:
    """Decode one plane of a TIFF; smaller copies of it (pyramid levels, thumbnails) are passed over.

    Parameters
    ----------
    path
        Named in errors.
    content
        The file's bytes.
    index
        Plane of a stack, from 0; None where there is but one.

    Raises
    ------
    InputError
        Where the file holds a stack and no plane of it is chosen, holds several images, or claims to be too large.
    ValueError, tifffile.TiffFileError, ...
        Where it is damaged.
    """
    with tifffile.TiffFile(BytesIO(content)) as tiff:
        series = [one for one in tiff.series if not one.keyframe.is_reduced] or list(tiff.series)
        if not series:
            raise ValueError("there is no image in it")
        if len(series) > 1:
            raise InputError(f"{path}: got {len(series)} images in one file, {_ONE_PLANE}.")
        page = series[0].keyframe
        check_size(path, page.imagewidth, page.imagelength)
        axes = _long_axes(series[0])
        stack = _stack_axis(path, axes, index)
        _check_complete(series[0], len(content))
        data = series[0].asarray().reshape([size for _, size in axes])
        if stack is not None and index is not None:
            data = data.take(index, axis=stack)
            del axes[stack]
        order = "".join(axis for axis, _ in axes)
        data = data.transpose([order.index(axis) for axis in ("Y", "X", *order.replace("Y", "").replace("X", ""))])
        return _interpret(path, data if data.ndim == 3 else data[..., None], page, tiff.is_imagej)


def _long_axes(series: tifffile.TiffPageSeries) -> list[tuple[str, int]]:
    """Return the axes of a series with their sizes, in the file's order, without those of size 1 but Y and X."""
    return [(axis, size) for axis, size in zip(series.axes, series.shape, strict=True) if axis in "YX" or size > 1]


def _stack_axis(path: Path, axes: list[tuple[str, int]], index: int | None) -> int | None:
    """Return which of the axes counts the planes of a stack, None for a single plane (with channels or without).

    Raises
    ------
    InputError
        Where the axes are those of neither, or `index` is no plane of it.
    """
    order = "".join(axis for axis, _ in axes)
    others = [axis for axis in order if axis not in "YXCS"]
    sizes = " x ".join(str(size) for _, size in axes)
    if sorted(order.strip("CS")) == ["X", "Y"] and len(order) <= 3:
        check_index(path, 1, index)
        return None
    if len(others) != 1 or len(order) > 4:
        raise InputError(f"{path}: got an image of {sizes} (axes {order}), {_ONE_PLANE}.")
    stack = order.index(others[0])
    if index is None:
        last = axes[stack][1] - 1
        raise InputError(
            f"{path}: got a stack of {sizes} (axes {order}), expected one plane; choose it with --slices 0 to {last}."
        )
    check_index(path, axes[stack][1], index)
    return stack


def _check_complete(series: tifffile.TiffPageSeries, size: int) -> None:
    """Raise ValueError where a strip or tile ends behind the end of the file, which tifffile would fill with zeros."""
    for page in series.pages:
        if page is not None and any(
            start + count > size for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)
        ):
            raise ValueError("pixels are missing at the end")


def _interpret(path: Path, data: AnyArray, page: tifffile.TiffPage, is_imagej: bool) -> Pixels:
    photometric = page.photometric
    if photometric == PHOTOMETRIC.PALETTE and page.colormap is not None and not is_imagej:
        return Pixels(np.moveaxis(page.colormap[:, data[..., 0]], 0, -1), "colour")
    if photometric == PHOTOMETRIC.MINISWHITE and data.dtype.kind == "u" and page.bitspersample >= 8:
        data = np.iinfo(data.dtype).max - data
    if photometric == PHOTOMETRIC.SEPARATED:
        raise InputError(f"{path}: got inks (CMYK), expected grey or RGB; convert the image.")
    return Pixels(data, _kind(data.shape[-1], page))


def _kind(channels: int, page: tifffile.TiffPage) -> PixelKind:
    if channels == 1:
        return "grey"
    if page.samplesperpixel == channels and page.photometric in (PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR):
        return "colour"
    if page.samplesperpixel == channels == 2 and page.extrasamples and page.extrasamples[0] in _ALPHA:
        return "grey"
    return "channels"


class TiffScale(NamedTuple):
    """What the tags of a TIFF say about the size of its pixels."""

    ome_xml: str | None
    """OME metadata, where there is some."""

    unit: str | None
    """Unit of `pixels_per_unit`; None where the file states none."""

    pixels_per_unit: tuple[float, float]
    """Pixels in one unit along X and Y, 0 where unknown."""


def read_scale(path: Path) -> TiffScale:
    """Read the tags of the first page that tell its pixel size; ImageJ's unit wins over the resolution unit."""
    with tifffile.TiffFile(path) as tiff:
        tags = tiff.pages.first.tags
        unit = _RESOLUTION_UNITS.get(int(tags.valueof("ResolutionUnit", default=2) or 2))
        if tiff.is_imagej:
            unit = str((tiff.imagej_metadata or {}).get("unit", "")) or unit
        density = (_ratio(tags.valueof("XResolution")), _ratio(tags.valueof("YResolution")))
        return TiffScale(tiff.ome_metadata, unit, density)


def _ratio(value: object) -> float:
    """Return a TIFF rational as a float, 0 where it is absent or no number."""
    if not isinstance(value, tuple) or len(value) != 2 or not value[1]:
        return 0.0
    return float(value[0]) / float(value[1])
