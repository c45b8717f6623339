"""One grey plane out of several channels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelbridge.core import AnyArray, FloatArray, InputError, scratch_array
from labelbridge.io.pixels import Raster

__all__ = ["grey_plane"]

_COLOURS = ("red", "green", "blue", "alpha")
_GREYS = ("grey", "alpha")
_LUMINANCE = "luminance"


def grey_plane(path: Path, raster: Raster, channel: str | int | None) -> FloatArray:
    """Decode one channel, or the luminance of a colour image, block by block.

    Parameters
    ----------
    path
        Named in errors.
    raster
        Where the pixels come from.
    channel
        Index from 0 or name, in any case; None takes grey as it is and makes colour luminance (Rec. 601).

    Returns
    -------
    FloatArray
        Axes (Y, X), float32, in the units of the file; on disk where it is large.

    Raises
    ------
    InputError
        Where there is no such channel, or several channels and none is chosen.
    """
    wanted = _indices(path, raster, channel)
    plane = scratch_array(raster.shape, np.float32)
    for rows, columns, block in raster.blocks(wanted):
        plane[rows, columns] = _luminance(block) if len(wanted) == 3 else _float(block[..., 0])
    return plane


def _indices(path: Path, raster: Raster, channel: str | int | None) -> Sequence[int]:
    """Return the channel to take, or red, green and blue for their luminance."""
    is_luminance = isinstance(channel, str) and channel.strip().casefold() == _LUMINANCE
    if raster.kind != "channels" and (channel is None or is_luminance):
        return range(3) if raster.kind == "colour" else (0,)
    if channel is None:
        raise InputError(
            f"{path}: got {raster.channels} channels, expected one; choose it with --channel (one of {_known(raster)})."
        )
    index = _index(raster, channel)
    if index is None or not 0 <= index < raster.channels:
        known = _known(raster) + ("" if raster.kind == "channels" else f", {_LUMINANCE}")
        raise InputError(f"{path}: got '{channel}' as the channel to take, expected one of {known}.")
    return (index,)


def _index(raster: Raster, channel: str | int) -> int | None:
    """Return the number of a channel, None for a name that none or several channels have."""
    if isinstance(channel, int) or channel.strip().isdecimal():
        return int(channel)
    names = [name.casefold() for name in _names(raster)]
    wanted = channel.strip().casefold()
    return names.index(wanted) if names.count(wanted) == 1 else None


def _names(raster: Raster) -> tuple[str, ...]:
    """Return the names of the channels: those that all images of the kind have, or the file's own."""
    common = {"colour": _COLOURS, "grey": _GREYS, "channels": raster.names}[raster.kind]
    return common[: raster.channels]


def _known(raster: Raster) -> str:
    numbers = "0" if raster.channels == 1 else f"0 to {raster.channels - 1}"
    return ", ".join([numbers, *(name for name in _names(raster) if name)])


def _float(data: AnyArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):  # what is beyond float32 becomes infinite, which Image refuses
        return np.asarray(data, np.float32)


def _luminance(data: AnyArray) -> FloatArray:
    """Weigh red, green and blue by Rec. 601; written as differences so that grey stays exactly what it was."""
    red, green, blue = (_float(data[..., index]) for index in range(3))
    with np.errstate(over="ignore", invalid="ignore"):
        return _float(green + np.float32(0.299) * (red - green) + np.float32(0.114) * (blue - green))
