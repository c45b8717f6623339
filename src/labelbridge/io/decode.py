"""The pixels of any image that can be read, or one clear sentence why not."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelbridge.core import InputError, LabelBridgeError
from labelbridge.io.names import IMAGE_ENDINGS, ZARR_ENDING
from labelbridge.io.pixels import Pixels, Raster, decode_all

__all__ = ["count_planes", "is_tiff", "open_raster", "read_pixels", "reading"]

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ADVICE = "expected a whole PNG, JPEG or TIFF image; copy or export the file again"
_ZARR_ADVICE = "expected a whole OME-Zarr image (0.4 or 0.5); copy or export the folder again"


def is_tiff(path: Path) -> bool:
    """Return True where a file begins as TIFF and BigTIFF do, whatever its ending; raises OSError."""
    with path.open("rb") as stream:
        return stream.read(4) in _TIFF_STARTS


@contextmanager
def open_raster(path: Path, *, index: int | None = None, palette_indices: bool = False) -> Iterator[Raster]:
    """Open one plane of an image; its blocks are decoded within the context only.

    Parameters
    ----------
    path
        PNG, JPEG or TIFF file, of which the content decides and not the ending, or OME-Zarr folder.
    index
        Plane of a stack, from 0; None where there is but one.
    palette_indices
        Give the indices of coloured palettes (label images) instead of their colours.

    Raises
    ------
    InputError
        Where the file is missing, empty, truncated, a text file, a stack, of an ending or kind that is not supported,
        or claims to be too large; also while its blocks are decoded.
    """
    _check_path(path)
    with reading(path):
        if path.is_dir():
            from labelbridge.io.omezarr import open_zarr

            opened = open_zarr(path, index)
        elif is_tiff(path):
            from labelbridge.io.tiff.raster import open_tiff

            opened = open_tiff(path, index, palette_indices=palette_indices)
        else:
            from labelbridge.io.pngjpeg import open_png_or_jpeg

            opened = open_png_or_jpeg(path, index, palette_indices=palette_indices)
        with opened as raster:
            if raster.dtype.kind not in "buif":
                raise InputError(
                    f"{path}: got {raster.dtype} pixels, expected integers or floats; save the magnitude as float."
                )
            yield raster


def read_pixels(path: Path, *, index: int | None = None, palette_indices: bool = False) -> Pixels:
    """Decode one plane of an image with all its channels; takes and raises what `open_raster` does."""
    with open_raster(path, index=index, palette_indices=palette_indices) as raster:
        return decode_all(raster)


def count_planes(path: Path) -> int:
    """Return the number of planes of a stack, 1 for a plain image; nothing is decoded.

    Raises
    ------
    InputError
        Where the file is missing or its description cannot be read.
    """
    _check_path(path)
    with reading(path):
        if path.is_dir():
            from labelbridge.io.omezarr import count_zarr_planes

            return count_zarr_planes(path)
        if is_tiff(path):
            from labelbridge.io.tiff.raster import count_tiff_planes

            return count_tiff_planes(path)
        return 1


def _check_path(path: Path) -> None:
    """Raise InputError where there is nothing to read at a path, whatever it may hold."""
    is_folder = path.is_dir()
    is_zarr = path.name.lower().endswith(ZARR_ENDING)
    if is_folder and not is_zarr:
        raise InputError(f"{path}: got a folder, expected one image file.")
    if not is_zarr and not path.name.lower().endswith(IMAGE_ENDINGS):
        known = ", ".join((*IMAGE_ENDINGS, ZARR_ENDING))
        raise InputError(f"{path}: got the ending '{path.suffix}', expected one of {known}; export the image as one.")
    if is_folder:
        return
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        if path.is_symlink():
            raise InputError(
                f"{path}: got a link to a file that is not there; fetch it (as with `git annex get`) or remove it."
            ) from error
        raise InputError(f"{path}: there is no such file; check the path.") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if is_zarr or not path.is_file():
        expected = "a folder" if is_zarr else "an image file"
        raise InputError(f"{path}: got something else, expected {expected} of this name; check the path.")
    if not size:
        raise InputError(f"{path}: got an empty file (0 bytes), {_ADVICE}.")


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    return InputError(f"{path}: cannot be read ({reason}); check the file and its permissions.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file leads to into one sentence, and keep the libraries' own remarks quiet."""
    logger = logging.getLogger("tifffile")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    advice = _ZARR_ADVICE if path.is_dir() else _ADVICE
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except LabelBridgeError:
        raise
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except MemoryError as error:
        raise InputError(
            f"{path}: got an image that takes more memory than there is; save it as a tiled TIFF."
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        raise InputError(f"{path}: got a damaged or truncated image ({reason}), {advice}.") from error
    finally:
        logger.setLevel(before)
