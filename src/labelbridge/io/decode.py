"""Pixels as they stand in PNG, JPEG and TIFF files, or one clear sentence why not."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageFile, UnidentifiedImageError

from labelbridge.core import AnyArray, InputError
from labelbridge.io.names import IMAGE_ENDINGS
from labelbridge.io.pixels import PixelKind, Pixels, check_index, check_size

__all__ = ["is_tiff", "read_pixels"]

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_COLOUR_TYPES: dict[int, PixelKind] = {2: "colour", 4: "grey", 6: "colour"}
_PNG_TAIL_BYTES = 64_000
_BROKEN = (
    OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, SyntaxError, EOFError, AssertionError,
    struct.error, zlib.error,
)  # fmt: skip
_ADVICE = "expected a whole PNG, JPEG or TIFF image; copy or export the file again"


def is_tiff(start: bytes) -> bool:
    """Return True where a file that begins with `start` is a TIFF, whatever its ending."""
    return start.startswith(_TIFF_STARTS)


def read_pixels(path: Path, *, index: int | None = None, palette_indices: bool = False) -> Pixels:
    """Decode one plane of an image file.

    Parameters
    ----------
    path
        PNG, JPEG or TIFF file; the content decides which, not the ending.
    index
        Plane of a stack, from 0; None where there is but one.
    palette_indices
        Return the indices of coloured palettes (label images) instead of their colours.

    Raises
    ------
    InputError
        Where the file is missing, empty, truncated, a text file, a stack, of an ending or kind that is not supported,
        or claims to be too large.
    """
    content = _content(path)
    try:
        pixels = _decode(path, content, index, palette_indices)
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: got content that is no image, {_ADVICE}.") from error
    except _BROKEN as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"{path}: got a damaged or truncated image ({reason}), {_ADVICE}.") from error
    if pixels.data.dtype.kind not in "buif":
        got = pixels.data.dtype
        raise InputError(f"{path}: got {got} pixels, expected integers or floats; save the magnitude as float.")
    return pixels


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: got a folder, expected one image file.")
    if not path.name.lower().endswith(IMAGE_ENDINGS):
        known = ", ".join(IMAGE_ENDINGS)
        raise InputError(f"{path}: got the ending '{path.suffix}', expected one of {known}; export the image as one.")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error
    if not content:
        raise InputError(f"{path}: got an empty file (0 bytes), {_ADVICE}.")
    return content


def _decode(path: Path, content: bytes, index: int | None, palette_indices: bool) -> Pixels:
    if is_tiff(content):
        from labelbridge.io.tiff import read_tiff

        return read_tiff(path, content, index)
    check_index(path, 1, index)
    is_png = content.startswith(_PNG_START)
    if is_png and b"IEND" not in content[-_PNG_TAIL_BYTES:]:
        raise ValueError("the end of the PNG is missing")
    with _strict_pillow(), PillowImage.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
        check_size(path, *picture.size)
        frames = getattr(picture, "n_frames", 1)
        if frames > 1:
            raise InputError(f"{path}: got {frames} frames, expected one plane; save the one you want as its own file.")
        if is_png and content[24] == 16 and content[25] in _PNG_COLOUR_TYPES:
            return Pixels(_deep_png(content), _PNG_COLOUR_TYPES[content[25]])
        if picture.mode == "P":
            return _palette(picture, palette_indices)
        if picture.mode in ("CMYK", "YCbCr"):
            return Pixels(np.asarray(picture.convert("RGB")), "colour")
        return _pixels(np.asarray(picture), "colour" if picture.mode.startswith("RGB") else "grey")


def _pixels(data: AnyArray, kind: PixelKind) -> Pixels:
    return Pixels(data if data.ndim == 3 else data[..., None], kind)


def _deep_png(content: bytes) -> AnyArray:
    """Decode a PNG of 16 bits and several channels, of which Pillow would keep 8 bits."""
    import imagecodecs

    return np.asarray(imagecodecs.png_decode(content))


def _palette(picture: PillowImage.Image, indices: bool) -> Pixels:
    colours = np.asarray(picture.convert("RGBA" if "transparency" in picture.info else "RGB"))
    is_grey = bool((colours[..., :3] == colours[..., :1]).all())
    return _pixels(np.asarray(picture), "grey") if indices and not is_grey else Pixels(colours, "colour")


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Refuse truncated data whatever others have set, and leave the limit of size to `check_size`."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS = False, None
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS = before
