"""Images of the user: found in folders, read as one grey plane."""

from pathlib import Path

import numpy as np

from labelbridge.core import AnyArray, FloatArray, Image, InputError
from labelbridge.io.decode import read_pixels
from labelbridge.io.names import IMAGE_ENDINGS, MASK_FOLDERS, image_files, image_stem, is_companion
from labelbridge.io.pixels import Pixels
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["find_images", "read_image", "select_plane"]

_COLOURS = ("red", "green", "blue", "alpha")
_LUMINANCE = "luminance"


def read_image(
    path: Path, *, channel: str | int | None = None, index: int | None = None, pixel_size_um: float | None = None
) -> Image:
    """Read one grey plane from a PNG, JPEG or TIFF file.

    Parameters
    ----------
    path
        8- or 16-bit integers, floats or one bit; grey, grey and alpha, RGB, RGBA or palette.
    channel
        Index from 0, or ``red``, ``green``, ``blue``, ``alpha``, ``luminance``. None takes grey as it is and makes
        colour luminance (Rec. 601); alpha is left out.
    index
        Plane of a stack, from 0; None where there is but one.
    pixel_size_um
        Side of a pixel in um; None looks for it as `find_pixel_size` does.

    Returns
    -------
    Image
        Intensities (Y, X), float32, in the units of the file; its name is the stem without ``.ome``.

    Raises
    ------
    InputError
        Where the file cannot be read as one finite plane, or has no such channel, or its pixel size is nonsense.
    """
    plane = select_plane(path, read_pixels(path, index=index), channel)
    return Image(plane, image_stem(path), find_pixel_size(path, explicit_um=pixel_size_um), path)


def find_images(path: Path) -> list[Path]:
    """Return the images to work on: a file itself, or all images in a folder and below, sorted.

    Left out are hidden files, ``derivatives/``, ``masks/`` and ``labels/`` beside ``images/``, and what was made from
    an image: ``_seg-*``, ``_overlay``, ``_uncertainty``, ``_instance-map``.

    Raises
    ------
    InputError
        Where the path is missing or the folder holds no image.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; check the path.")
    if not path.is_dir():
        return [path]
    found = [file for file in image_files(path) if not is_companion(file) and not _set_aside(file, path)]
    if not found:
        known = ", ".join(IMAGE_ENDINGS)
        raise InputError(f"{path}: got a folder without images, expected at least one ({known}) that is not a mask.")
    return found


def _set_aside(file: Path, root: Path) -> bool:
    above = file.relative_to(root).parents
    return any(
        part.name == "derivatives" or (part.name in MASK_FOLDERS and (root / part.parent / "images").is_dir())
        for part in above
    )


def select_plane(path: Path, pixels: Pixels, channel: str | int | None) -> FloatArray:
    """Return one grey plane (Y, X) of decoded pixels, as `read_image` describes; raises InputError naming `path`."""
    count = pixels.data.shape[-1]
    if isinstance(channel, str) and channel.isdecimal():
        channel = int(channel)
    if channel is None or channel == _LUMINANCE:
        if pixels.kind == "channels":
            raise InputError(
                f"{path}: got {count} channels, expected one; name the one to use with --channel 0 to {count - 1}."
            )
        return _luminance(pixels.data) if pixels.kind == "colour" else _float(pixels.data[..., 0])
    names = {"colour": _COLOURS[:count], "grey": ("grey", "alpha")[:count], "channels": ()}[pixels.kind]
    index = names.index(channel) if channel in names else channel
    if not isinstance(index, int) or not 0 <= index < count:
        known = ", ".join([f"0 to {count - 1}", *names, *([] if pixels.kind == "channels" else [_LUMINANCE])])
        raise InputError(f"{path}: got --channel {channel}, expected one of {known}.")
    return _float(pixels.data[..., index])


def _float(data: AnyArray) -> FloatArray:
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, which Image refuses
        return np.ascontiguousarray(data, np.float32)


def _luminance(data: AnyArray) -> FloatArray:
    """Weigh red, green and blue by Rec. 601; written as differences so that grey stays exactly what it was."""
    red, green, blue = (_float(data[..., index]) for index in range(3))
    return _float(green + np.float32(0.299) * (red - green) + np.float32(0.114) * (blue - green))
