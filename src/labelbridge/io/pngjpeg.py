"""PNG and JPEG files, which are decoded as a whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageFile, UnidentifiedImageError

from labelbridge.core import AnyArray, InputError, bands
from labelbridge.io.pixels import Block, PixelKind, Pixels, Raster, check_index, check_size, raster_of

__all__ = ["open_png_or_jpeg"]

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER_BYTES = 26
_PNG_COLOUR_TYPES: dict[int, PixelKind] = {2: "colour", 4: "grey", 6: "colour"}
_PNG_TAIL_BYTES = 64_000
_MOST_BYTES = 1_500_000_000
_MOST_PX_PER_BYTE = 8 * 1032
_PILLOW_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
_DEEP_BYTES = 8


@contextmanager
def open_png_or_jpeg(path: Path, index: int | None, *, palette_indices: bool) -> Iterator[Raster]:
    """Open a PNG or JPEG as `labelbridge.io.decode.open_raster` does.

    Raises
    ------
    InputError
        Where the file is neither, or too large to be decoded as a whole.
    Exception
        Where it is damaged.
    """
    check_index(path, 1, index)
    start, tail = _ends(path)
    is_png = start.startswith(_PNG_START)
    if is_png and b"IEND" not in tail:
        raise ValueError("the end of the PNG is missing")
    with _strict_pillow(), _opened(path) as picture:
        is_deep = is_png and start[24] == 16 and start[25] in _PNG_COLOUR_TYPES
        _check(path, picture, _DEEP_BYTES if is_deep else _PILLOW_BYTES.get(picture.mode, 4))
        if is_deep:
            yield raster_of(Pixels(_deep_png(path), _PNG_COLOUR_TYPES[start[25]]))
        elif picture.mode == "P":
            yield _palette(picture, palette_indices)
        elif picture.mode in ("CMYK", "YCbCr"):
            yield _raster(picture, "colour", lambda part: np.asarray(part.convert("RGB")))
        else:
            yield _raster(picture, "colour" if picture.mode.startswith("RGB") else "grey", np.asarray)


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as stream:
        start = stream.read(_PNG_HEADER_BYTES)
        stream.seek(max(0, path.stat().st_size - _PNG_TAIL_BYTES))
        return start, stream.read()


def _opened(path: Path) -> PillowImage.Image:
    try:
        return PillowImage.open(path, formats=("PNG", "JPEG"))
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path}: got content that is no image, expected a whole PNG, JPEG or TIFF image; copy or export the file "
            "again."
        ) from error


def _check(path: Path, picture: PillowImage.Image, pixel_bytes: int) -> None:
    """Refuse, before anything is decoded, what is several images or too large, or lacks most of its content."""
    width, height = picture.size
    check_size(path, width, height)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        raise InputError(f"{path}: got {frames} frames, expected one plane; save the one you want as its own file.")
    if width * height > _MOST_PX_PER_BYTE * path.stat().st_size:
        raise ValueError("most pixels are missing")
    if width * height * pixel_bytes > _MOST_BYTES:
        raise InputError(
            f"{path}: got {width} x {height} px of {picture.format}, which has to be decoded as a whole, expected at "
            f"most {_MOST_BYTES // pixel_bytes:,} px; save the image as a tiled TIFF."
        )


def _raster(picture: PillowImage.Image, kind: PixelKind, pixels_of: Callable[[PillowImage.Image], AnyArray]) -> Raster:
    """Return a picture whose bands become arrays through `pixels_of`."""
    width, height = picture.size

    def band_of(rows: slice) -> AnyArray:
        data = pixels_of(picture.crop((0, rows.start, width, rows.stop)))
        return data if data.ndim == 3 else data[..., None]

    def blocks(channels: Sequence[int]) -> Iterator[Block]:
        for rows in bands((height, width)):
            yield Block(rows, slice(0, width), band_of(rows)[..., list(channels)])

    first = band_of(slice(0, 1))
    return Raster((height, width), first.shape[-1], first.dtype, kind, blocks)


def _palette(picture: PillowImage.Image, indices: bool) -> Raster:
    mode = "RGBA" if "transparency" in picture.info else "RGB"
    colours = _raster(picture, "colour", lambda part: np.asarray(part.convert(mode)))
    if not indices or all(_is_grey(block.data) for block in colours.blocks(range(3))):
        return colours
    return _raster(picture, "grey", np.asarray)


def _is_grey(data: AnyArray) -> bool:
    return bool((data == data[..., :1]).all())


def _deep_png(path: Path) -> AnyArray:
    """Decode a PNG of 16 bits and several channels, of which Pillow would keep 8 bits."""
    import imagecodecs

    return np.asarray(imagecodecs.png_decode(path.read_bytes()))


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Refuse truncated data whatever others have set, and leave the limit of size to `check_size`."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS = False, None
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES, PillowImage.MAX_IMAGE_PIXELS = before
