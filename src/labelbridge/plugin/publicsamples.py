"""Public images with masks: where they lie, how they are fetched, and whether they are what they should be.

`publicsamples.json` names one image of each set and its masks. The SHA-256 of the SEM files are those that DANDI
publishes for the same files (dandiset 001442). Nobody publishes hashes of the TEM files: of them the size in pixels,
the bit depth and a limit of bytes are checked, which a page of a login or a damaged file does not pass.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, RootModel

from labelbridge.core import InputError, PartReporter, Reporter
from labelbridge.io import image_stem, sha256_of, write_json
from labelbridge.io.decode import read_pixels
from labelbridge.io.fetch import Wanted, fetch

__all__ = ["PublicFile", "PublicSample", "download_sample", "public_samples"]

_SMALL_IMAGE = Wanted(
    name="an image",
    most_bytes=16 * 10**6,
    room=1,
    otherwise="try a generated sample, which needs none",
)
_STAGE = "downloading"


class PublicFile(BaseModel):
    """A PNG of 8 bit grey values in a set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Where it is in the set, with ``/`` between folders."""

    size: int | None = None
    """Bytes, where they are known for certain."""

    sha256: str | None = None
    """SHA-256, where it is known for certain."""


class PublicSample(BaseModel):
    """An image of a public set, and its masks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    """What it shows."""

    page: str
    """Where the set is described."""

    files_at: str
    """What comes before the paths of the files, of one version that does not change."""

    licence: str
    """Of the set."""

    citation: str
    """What those who use the image should cite."""

    shape: tuple[int, int]
    """Height and width in px, of the image and of the masks."""

    pixel_size_um: float
    """Side of a pixel in um, as the set states it."""

    image: PublicFile
    """The image."""

    masks: tuple[PublicFile, ...]
    """Masks of one class each, 0 and 255, named as AxonDeepSeg names them."""


class _Table(RootModel[dict[str, PublicSample]]):
    """Samples by name."""


@cache
def public_samples() -> dict[str, PublicSample]:
    """Return the samples that can be downloaded, by name."""
    table = files("labelbridge.plugin").joinpath("publicsamples.json")
    return _Table.model_validate_json(table.read_bytes()).root


def download_sample(sample: PublicSample, folder: Path, reporter: Reporter) -> tuple[Path, Path]:
    """Fetch what is not there yet, or is damaged, of an image and its masks.

    Parameters
    ----------
    sample
        What to fetch.
    folder
        Where the files go, in the folders of their set; the pixel size goes beside the image.
    reporter
        Told of the files; asked whether to stop. What was downloaded until then is used next time.

    Returns
    -------
    tuple[Path, Path]
        The image, and the folder of its masks.

    Raises
    ------
    InputError
        Where a file cannot be had, or is not what it should be; nothing is left of such a one.
    Cancelled
        Where the reporter asked to stop.
    """
    wanted = (sample.image, *sample.masks)
    for part, file in enumerate(wanted):
        _get(sample, file, folder / file.path, PartReporter(reporter, part, len(wanted), _STAGE))
    image = folder / sample.image.path
    size = {"PixelSize": [sample.pixel_size_um] * 2, "PixelSizeUnits": "um"}
    write_json(image.with_name(f"{image_stem(image)}.json"), size, overwrite=True)
    return image, (folder / sample.masks[0].path).parent


def _get(sample: PublicSample, file: PublicFile, target: Path, reporter: Reporter) -> None:
    if target.is_file() and _fault(file, target, sample.shape) is None:
        return
    url = f"{sample.files_at}/{file.path}"
    fetch(url, target, _SMALL_IMAGE, reporter)
    if fault := _fault(file, target, sample.shape):
        target.unlink()
        raise InputError(f"{url}: got {fault}; try again from another network, or see {sample.page}.")


def _fault(file: PublicFile, path: Path, shape: tuple[int, int]) -> str | None:
    """Return what is wrong with a file, or None."""
    size = path.stat().st_size
    if file.size not in (None, size):
        return f"{size} bytes, expected {file.size}"
    if file.sha256 not in (None, digest := sha256_of(path)):
        return f"a file with SHA-256 {digest}, expected {file.sha256}"
    try:
        pixels = read_pixels(path).data
    except InputError:
        return "no image"
    if pixels.dtype != np.uint8 or pixels.shape[:2] != shape:
        height, width = pixels.shape[:2]
        return f"{width} x {height} px of {pixels.dtype}, expected {shape[1]} x {shape[0]} px of uint8"
    return None
