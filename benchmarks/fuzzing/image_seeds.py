"""Whole image files of every kind that is read, small and made here."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tifffile
import zarr
from PIL import Image as PillowImage

from fuzzing.mutations import Files

__all__ = ["IMAGE_SEEDS", "SHAPE", "STACK_SEEDS", "fibres", "files_in", "png"]

SHAPE = (48, 56)


def fibres() -> tuple[np.ndarray, np.ndarray]:
    """Return a grey image (Y, X), uint8, and its labels: 0 background, 1 axon, 2 myelin."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    distance = np.hypot(y % 24 - 12, x % 28 - 14)
    labels = np.where(distance < 6, 1, np.where(distance < 10, 2, 0)).astype(np.uint8)
    noise = np.random.default_rng(0).integers(-20, 20, SHAPE)
    return (np.choose(labels, [120, 200, 30]) + noise).astype(np.uint8), labels


def files_in(folder: Path) -> Files:
    """Return the content of all files below `folder`, by their path in it."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }


def png(pixels: np.ndarray, **options: Any) -> bytes:
    """Return a PNG."""
    return _pillow(PillowImage.fromarray(pixels), "PNG", **options)


def _pillow(picture: PillowImage.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _tiff(pixels: np.ndarray, **options: Any) -> bytes:
    stream = BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return stream.getvalue()


def _palette() -> bytes:
    return _pillow(PillowImage.fromarray(_rgb()).quantize(16), "PNG")


def _ome_pyramid() -> bytes:
    stream = BytesIO()
    metadata = {"axes": "YX", "PhysicalSizeX": 130.0, "PhysicalSizeXUnit": "nm"}
    metadata |= {"PhysicalSizeY": 130.0, "PhysicalSizeYUnit": "nm"}
    with tifffile.TiffWriter(stream, ome=True) as tiff:
        tiff.write(_large(), subifds=1, tile=(64, 64), compression="zlib", metadata=metadata)
        tiff.write(_large()[::2, ::2], subfiletype=1, tile=(64, 64), compression="zlib")
    return stream.getvalue()


def _grey() -> np.ndarray:
    return fibres()[0]


def _deep() -> np.ndarray:
    return _grey().astype(np.uint16) * 257


def _rgb() -> np.ndarray:
    return np.stack([_grey(), _grey() // 2, 255 - _grey()], axis=-1)


def _rgba() -> np.ndarray:
    return np.dstack([_rgb(), np.full(SHAPE, 255, np.uint8)])


def _large() -> np.ndarray:
    return np.tile(_grey(), (3, 3))


def _stack() -> np.ndarray:
    return np.stack([_deep()] * 6).reshape(3, 2, *SHAPE)


def _one(name: str, make: Callable[[], bytes]) -> Callable[[], Files]:
    return lambda: {name: make()}


def _ome_zarr(version: str) -> Files:
    """Return an OME-Zarr image of two channels and two levels."""
    pixels = np.stack([_large(), 255 - _large()])
    axes = [{"name": "c", "type": "channel"}, *({"name": n, "type": "space", "unit": "nanometer"} for n in "yx")]
    levels = [
        {"path": str(n), "coordinateTransformations": [{"type": "scale", "scale": [1, 130 * 2**n, 130 * 2**n]}]}
        for n in range(2)
    ]
    ome: dict[str, Any] = {"multiscales": [{"name": "sem", "axes": axes, "datasets": levels, "version": version}]}
    ome["omero"] = {"channels": [{"label": "SEM"}, {"label": "inverse"}]}
    attributes = ome if version == "0.4" else {"ome": {**ome, "version": version}}
    with TemporaryDirectory() as folder:
        group = zarr.open_group(folder, mode="w", zarr_format=2 if version == "0.4" else 3, attributes=attributes)
        for number, step in enumerate((1, 2)):
            level = pixels[:, ::step, ::step]
            group.create_array(str(number), data=level, chunks=(1, 64, 64))
        return {f"sem.ome.zarr/{name}": content for name, content in files_in(Path(folder)).items()}


def _sidecar() -> Files:
    """Return an image whose pixel size stands beside it, twice."""
    sidecar = {"PixelSize": [0.13, 0.13], "PixelSizeUnits": "um", "Manufacturer": "x"}
    return {
        "sub-01_sample-1_SEM.png": png(_grey()),
        "sub-01_sample-1_SEM.json": json.dumps(sidecar).encode(),
        "pixel_size_in_micrometer.txt": b"0.13\n",
    }


_CM = {"resolution": (10000 / 0.13, 10000 / 0.13), "resolutionunit": "CENTIMETER"}

IMAGE_SEEDS: dict[str, Callable[[], Files]] = {
    "PNG, 8 bit": _one("a.png", lambda: png(_grey())),
    "PNG, 16 bit": _one("a.png", lambda: png(_deep())),
    "PNG, RGB": _one("a.png", lambda: png(_rgb())),
    "PNG, RGBA": _one("a.png", lambda: png(_rgba())),
    "PNG, palette": _one("a.png", _palette),
    "PNG, 1 bit": _one("a.png", lambda: _pillow(PillowImage.fromarray(_grey() > 99), "PNG")),
    "PNG, APNG": _one("a.png", lambda: png(_grey(), save_all=True, append_images=[PillowImage.fromarray(_grey())])),
    "JPEG, grey": _one("a.jpg", lambda: _pillow(PillowImage.fromarray(_grey()), "JPEG")),
    "JPEG, RGB": _one("a.jpg", lambda: _pillow(PillowImage.fromarray(_rgb()), "JPEG", progressive=True)),
    "TIFF, grey": _one("a.tif", lambda: _tiff(_grey(), **_CM)),
    "TIFF, RGB": _one("a.tif", lambda: _tiff(_rgb(), photometric="rgb")),
    "TIFF, tiled": _one("a.tif", lambda: _tiff(_large(), tile=(32, 32))),
    "TIFF, big": _one("a.tif", lambda: _tiff(_deep(), bigtiff=True)),
    "TIFF, big endian": _one("a.tif", lambda: _tiff(_deep(), byteorder=">")),
    "TIFF, float": _one("a.tif", lambda: _tiff(_grey().astype(np.float32) / 255)),
    "TIFF, zlib": _one("a.tif", lambda: _tiff(_deep(), compression="zlib", predictor=True, rowsperstrip=8)),
    "TIFF, LZW": _one("a.tif", lambda: _tiff(_grey(), compression="lzw")),
    "TIFF, Zstandard": _one("a.tif", lambda: _tiff(_large(), compression="zstd", tile=(64, 64))),
    "TIFF, JPEG": _one("a.tif", lambda: _tiff(_rgb(), compression="jpeg", photometric="rgb")),
    "TIFF, planar": _one(
        "a.tif", lambda: _tiff(np.moveaxis(_rgb(), -1, 0), planarconfig="separate", photometric="rgb")
    ),
    "OME-TIFF, pyramid": _one("a.ome.tif", _ome_pyramid),
    "pixel size beside": _sidecar,
}
"""Makers of images of one plane and channel or colour, by kind; the first file's first folder or name gets read."""

STACK_SEEDS: dict[str, Callable[[], Files]] = {
    "TIFF, stack": _one("a.tif", lambda: _tiff(_stack()[:, 0], photometric="minisblack")),
    "ImageJ, hyperstack": _one("a.tif", lambda: _tiff(_stack(), imagej=True, metadata={"axes": "ZCYX", "unit": "um"})),
    "OME-TIFF, stack": _one("a.ome.tif", lambda: _tiff(_stack(), ome=True, metadata={"axes": "ZCYX"})),
    "OME-Zarr 0.4": lambda: _ome_zarr("0.4"),
    "OME-Zarr 0.5": lambda: _ome_zarr("0.5"),
}
"""Makers of images of several planes or channels, by kind."""
